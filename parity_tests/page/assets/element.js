// One element of the step's tensor: what it is made of, and both sides' numbers.

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

const number = (t, [i, j]) => t.values[i * t.columns + j];

// "0.31 · 1.2 + 0.5 · −0.8 + … + 0.1": the product of two of its operands, written out.
function expanded(step, cell, k) {
  const vectors = Object.entries(step.reads)
    .map(([name, pattern]) => [tensor(name, k), pattern])
    .map(([t, pattern]) => taken(pattern, cell, t).map((square) => number(t, square)));
  const [left, right, ...others] = vectors;
  const one = (x) => (x < 0 ? `(${short(x)})` : short(x));
  if (!left || left.length < 1 || step.phase === "update") return "";
  if (right && right.length === left.length && left.length > 1) {
    const terms = left.map((x, n) => `${one(x)} · ${one(right[n])}`);
    const mean = step.name.startsWith("dW") ? ") / m" : "";
    const rest = others.filter((v) => v.length === 1 && !mean).map((v) => ` + ${one(v[0])}`).join("");
    return `${mean && "("}${cut(terms)}${mean}${rest}`;
  }
  if (step.name.startsWith("db")) return `(${cut(left.map(one))}) / m`;
  return "";
}

function cut(terms) {
  const most = 4;
  return terms.length > most ? `${terms.slice(0, most).join(" + ")} + … (${terms.length} terms)` : terms.join(" + ");
}

function readout(step, cell, k) {
  const t = tensor(step.name, k);
  const at = cell[0] * t.columns + cell[1];
  const index = t.shape.length ? `<sub>${cell[0]}, ${cell[1]}</sub>` : "";
  const value = t.values[at];
  const rows = [];
  const name = `${named(step.name.replace("+", ""))}${index}`;
  if (t.used) {
    const [apart, allowed, used] = [t.apart[at], t.allowed[at], t.used[at]];
    const verdict = used > 1 ? '<b class="wrong">✗ more than rounding</b>' : '<b class="right">✓</b>';
    rows.push(
      [`${name} of ${candidateName()}`, written(value)],
      ["NumPy reference", apart === 0 ? written(value) : written(value - apart)],
      ["difference", `${short(apart)}, of ${short(allowed)} that rounding may do`],
      ["used", `${short(used)} ${verdict}`],
    );
  } else {
    rows.push([`${name}, NumPy`, written(value)], ["", "not given by the candidate"]);
  }
  const made = expanded(step, cell, k);
  if (made) rows.push(["made of", made]);
  if (pointed) rows.push([`${named(pointed.name)}<sub>${pointed.cell.join(", ")}</sub>`, written(pointed.value)]);
  return rows.map(([name, text]) => `<tr><th scope="row">${name}</th><td>${text}</td></tr>`).join("");
}

// An operand's number under the pointer.
let pointed = null;

// A path is shown by its last part.
const candidateName = () => escaped(recording.name.split("/").at(-1));

function escaped(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span.innerHTML;
}
