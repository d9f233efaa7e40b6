// One element of the step's tensor: how it is computed, and both sides' numbers.

// The squares of an operand that element [i, j] takes, by the step's pattern.
function taken(pattern, [i, j], { rows, columns }) {
  const along = (n, square) => Array.from({ length: n }, (_, k) => square(k));
  const squares = {
    "i:": () => along(columns, (k) => [i, k]),
    "j:": () => along(columns, (k) => [j, k]),
    ":j": () => along(rows, (k) => [k, j]),
    ":i": () => along(rows, (k) => [k, i]),
    "ij": () => [[i, j]],
    "::": () => [],
  }[pattern]();
  return squares.filter(([a, b]) => a < rows && b < columns);
}

// "0.31 · 1.2 + 0.5 · (-0.8) + 0.1": how the element is made of what the step reads.
function expanded(step, cell, k) {
  if (!step.made) return "";
  const one = (x) => (x < 0 ? `(${short(x)})` : short(x));
  const [left, right, others] = Object.entries(step.reads).map(([name, pattern]) => {
    const t = atPositions(tensor(name, k));
    return taken(pattern, cell, t).map(([i, j]) => one(valuesOf(t)[i * t.columns + j]));
  });
  const dot = () => cut(left.map((x, n) => `${x} · ${right[n]}`));
  const m = recording.m;
  return {
    "dot": () => `${dot()}${others ? ` + ${others[0]}` : ""}`,
    "mean dot": () => `(${dot()}) / ${m}${others ? ` + ${short(recording.lambda)} / ${m} · ${others[0]}` : ""}`,
    "mean": () => `(${cut(left)}) / ${m}`,
    "minus": () => `${left[0]} − ${right[0]}`,
    "descent": () => `${left[0]} − ${short(recording.alpha)} · ${right[0]}`,
  }[step.made]();
}

function cut(terms) {
  const most = 4;
  return terms.length > most ? `${terms.slice(0, most).join(" + ")} + … (${terms.length} terms)` : terms.join(" + ");
}

// An operand's number that is pointed at: {name, cell, value}.
let pointed = null;

function readout(step, [i, j], k) {
  const t = atPositions(tensor(step.name, k));
  const at = i * t.columns + j;
  const name = `${named(step.name.replace("+", ""))}${t.shape.length ? indices([i, j, ...shownOf(t.positions)]) : ""}`;
  const rows = t.shape.length ? [["element", whereIs([i, j], shownOf(t.positions))]] : [];
  if (t.used) {
    const verdict = t.used[at] > 1 ? '<b class="wrong">✗ too large for rounding</b>' : '<b class="right">✓</b>';
    rows.push(
      [`${name} of ${candidateName()}`, written(t.own.values[at])],
      ["NumPy reference", written(t.reference[at])],
      ["difference", `${short(t.apart[at])}; error bound ${short(t.allowed[at])}`],
      ["error / bound", `${short(t.used[at])} ${verdict}`],
    );
  } else {
    const same = t.own && String(t.own.shape) === String(t.shape);
    const why = !t.own ? "not checked" : same ? written(t.own.values[at]) : `of shape ${shapeOf(t.own.shape)}`;
    rows.push([`${name} of ${candidateName()}`, why], ["NumPy reference", written(t.reference[at])]);
  }
  const made = expanded(step, [i, j], k);
  if (made) rows.push(["made of", made]);
  if (pointed) rows.push([`${named(pointed.name)}${indices(isWhole(pointed.name) ? [pointed.cell[1], ...pointed.positions] : [...pointed.cell, ...pointed.positions])}`, written(pointed.value)]);
  return rows.map(([head, text]) => `<tr><th scope="row">${head}</th><td>${text}</td></tr>`).join("");
}

// As the course counts: from 1.
const indices = (each) => `<sub>${each.map((i) => i + 1).join(", ")}</sub>`;

function whereIs([i, j], further) {
  const said = further.map((p) => `, position ${p + 1}`).join("");
  return `row ${i + 1}, column ${j + 1}${said}; in NumPy [${[i, j, ...further].join(", ")}]`;
}

const shapeOf = (shape) => (shape.length ? `(${shape.join(", ")}${shape.length === 1 ? "," : ""})` : "a number, ()");
