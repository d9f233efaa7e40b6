// The steps, one at a time: by buttons, by keys, by the list of all of them.

const state = { step: 0, k: 0, cell: [0, 0], inside: false };
const steps = recording.steps;
const byId = (id) => document.getElementById(id);
const wrongOf = (name) => recording.findings.filter(({ tensor: t }) => t.split(/[@. ]/).includes(name));

byId("what").textContent = `${recording.name} beside the NumPy reference: ${recording.summary}, ${recording.precision}; ${recording.data}, m = ${recording.m}; gradient descent, α = ${recording.alpha}`;
byId("verdict").innerHTML = `<b class="${recording.passed ? "right" : "wrong"}">${recording.passed ? "✓" : "✗"} ${escaped(recording.verdict)}</b>`;
for (const { tensor: t, text } of recording.findings) {
  if (steps.some(({ name }) => wrongOf(name).length && t.split(/[@. ]/).includes(name))) continue;
  const pre = document.createElement("pre");
  pre.className = "wrong";
  pre.textContent = text;
  byId("verdict").append(pre);
}

const phases = new Map();
steps.forEach((step, n) => {
  if (!phases.has(step.phase)) {
    const group = document.createElement("div");
    group.innerHTML = `<span class="small">${step.phase}</span>`;
    phases.set(step.phase, group);
    byId("flow").append(group);
  }
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.step = step.name;
  button.addEventListener("click", () => show({ step: n }));
  phases.get(step.phase).append(button);
});

function showFlow() {
  steps.forEach(({ name }, n) => {
    const button = byId("flow").querySelector(`[data-step="${name}"]`);
    const used = usedOf(name, state.k);
    const bad = used > 1 || wrongOf(name).length > 0;
    const mark = bad ? '<span class="mark wrong">✗</span>' : used === undefined ? "" : '<span class="mark right">✓</span>';
    button.innerHTML = `<span>${named(name)}</span> ${n === state.step ? "" : mark}`;
    button.setAttribute("aria-label", `${plain(name)}${bad ? ", wrong" : ""}`);
    button.classList.toggle("bad", bad);
    if (n === state.step) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    if (n === state.step) {
      const [nav, half] = [byId("flow"), byId("flow").clientWidth / 2];
      nav.scrollLeft = button.offsetLeft - nav.offsetLeft - half;
    }
  });
}

function listed(sources) {
  return sources.map(({ file, line, code }) => `<small>${file}:${line}</small><pre>${escaped(code)}</pre>`).join("") || "<small>the reference goes from J to dZ directly</small>";
}

function showStep() {
  const step = steps[state.step];
  const layer = step.layer === null ? "" : `, layer ${step.layer}`;
  byId("title").innerHTML = `${named(step.name)} <small>${step.phase}${layer}; step ${state.step + 1} of ${steps.length}</small>`;
  byId("equations").innerHTML = step.equations.join("");
  const right = step.right && !wrongOf(step.name).some(({ kind }) => kind === "shape");
  byId("dimensions").innerHTML = `${escaped(step.dimensions).replace(/(\[\d+\])([ᵀ′]?)/g, "<sup>$1$2</sup>").replaceAll("ᵀ", "T")} <b class="${right ? "right" : "wrong"}">${right ? "✓" : "✗"}</b>`;
  byId("numpy").innerHTML = listed(step.numpy);
  byId("torch").innerHTML = listed(step.torch);
  byId("back").disabled = state.step === 0;
  byId("next").disabled = state.step === steps.length - 1;
  const found = wrongOf(step.name);
  byId("finding").hidden = found.length === 0;
  byId("finding").innerHTML = found.map(explained).join("") + wrongPlaces(tensor(step.name, state.k));
  for (const circle of document.querySelectorAll("[data-unit]")) {
    circle.classList.toggle("now", step.layer !== null && circle.dataset.unit.startsWith(`A${step.layer} `));
  }
  showTensors(step);
}

// A finding: what is wrong, why, the line that gives these numbers and the right one.
function explained({ message, cause, wrong, line, yours }) {
  const code = (text) => `<pre>${escaped(text)}</pre>`;
  const rows = [
    ["why", cause && escaped(cause)],
    ["wrong", wrong.map(code).join("")],
    ["right", line && code(line)],
    ["yours", yours && code(yours)],
  ].filter(([, text]) => text);
  const list = rows.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join("");
  return `<b class="wrong">${escaped(message)}</b><dl>${list}</dl>`;
}

// Which rows (units) and columns are wrong.
function wrongPlaces({ used, rows, columns }) {
  if (!used || !(largest(used) > 1) || rows * columns === 1) return "";
  const bad = (i, j) => used[i * columns + j] > 1;
  const range = (n) => Array.from({ length: n }, (_, k) => k);
  const these = (all, some) => (some.length === all.length ? "all" : some.join(", "));
  const wrongRows = range(rows).filter((i) => range(columns).some((j) => bad(i, j)));
  const wrongColumns = range(columns).filter((j) => range(rows).some((i) => bad(i, j)));
  return `<p>wrong rows: ${these(range(rows), wrongRows)}; wrong columns: ${these(range(columns), wrongColumns)}</p>`;
}

// The operands, then the tensor by both sides, then their difference and what it used.
function showTensors(step) {
  const focused = document.activeElement?.dataset?.picture;
  const places = ["operands", "ours", "theirs"].map(byId);
  const [operands, ours, theirs] = places;
  places.forEach((place) => (place.innerHTML = ""));
  pictures = [];
  const available = Math.min(byId("tensors").clientWidth, 1080);
  const t = tensor(step.name, state.k);
  state.cell = [Math.min(state.cell[0], t.rows - 1), Math.min(state.cell[1], t.columns - 1)];
  for (const [name, pattern] of Object.entries(step.reads)) {
    const operand = tensor(name, state.k);
    figure(operands, operand, {
      label: named(name), caption: shapeOf(operand.shape), width: available / 2.3, height: 220,
      most: largest(operand.values), pattern,
    });
  }
  const reference = { ...t, values: t.used ? t.values.map((x, n) => x - t.apart[n]) : t.values };
  const most = largest(reference.values);
  const common = { width: available / 2.3, height: 260 };
  figure(ours, reference, { ...common, label: `${named(step.name)} NumPy`, caption: shapeOf(t.shape), most });
  if (t.used) {
    const turned = recording.batchFirst && step.layout === "T";
    const torchShape = step.layout === "column" ? [t.rows] : turned ? [...t.shape].reverse() : t.shape;
    const label = recording.batchFirst ? `torch: <code>${escaped(step.torch_name)}</code>` : candidateName();
    figure(theirs, t, { ...common, label, caption: shapeOf(recording.batchFirst ? torchShape : t.shape), most, turned, wrong: true });
    figure(ours, { ...t, values: t.apart }, { ...common, label: "difference", caption: `at most ${short(largest(t.apart))}`, most: largest(t.apart) });
    figure(ours, { ...t, values: t.used }, { ...common, label: "used", caption: usedSaid(largest(t.used)), colour: fraction });
  }
  showElement(state.cell);
  if (focused) byId("tensors").querySelector(`[data-picture="${focused}"]`)?.focus();
}

const usedSaid = (used) => `at most ${short(used)} of what rounding may do <b class="${used > 1 ? "wrong" : "right"}">${used > 1 ? "✗" : "✓"}</b>`;
const shapeOf = (shape) => (shape.length ? `(${shape.join(", ")}${shape.length === 1 ? "," : ""})` : "a number, ()");

// The pictures that are there, each a function that draws it for the element that is looked at.
let pictures = [];

function figure(holder, t, { label, caption, width, height, most, turned = false, colour, pattern, wrong }) {
  const element = document.createElement("figure");
  element.innerHTML = `<div class="label"><span>${label}</span></div><canvas tabindex="0" role="img"></canvas><figcaption>${caption}</figcaption>`;
  const canvas = element.querySelector("canvas");
  const [down, across] = turned ? [t.columns, t.rows] : [t.rows, t.columns];
  const room = byId("tensors").clientWidth - 4;
  const cell = cellSize(down, across, Math.min(width < 240 ? room : width, room, 520), height);
  canvas.setAttribute("aria-label", `${plain(t.name)}, ${t.rows} by ${t.columns}`);
  canvas.dataset.picture = `${pattern ? "operand" : holder.id} ${holder.children.length}`;
  pictures.push(() => {
    const marks = pattern ? taken(pattern, state.cell, t) : [state.cell];
    draw(canvas, { ...t, turned, cell, marks, colour: colour ?? ((x) => diverging(x, most)), wrong: wrong && t.used });
  });
  const look = (event) => {
    const place = picked(canvas, event, { ...t, turned });
    pointed = pattern ? { name: t.name, cell: place, value: t.values[place[0] * t.columns + place[1]] } : null;
    showElement(pattern ? state.cell : place);
  };
  canvas.addEventListener("pointermove", look);
  canvas.addEventListener("pointerdown", look);
  holder.append(element);
}

// Another element of the same tensor: the pictures stay, their marks move.
function showElement(cell) {
  const another = cell[1] !== state.cell[1];
  state.cell = cell;
  pictures.forEach((drawn) => drawn());
  byId("readout").innerHTML = readout(steps[state.step], cell, state.k);
  if (another) showTraining();
}

function show(change) {
  if ("step" in change && change.step !== state.step) pointed = null;
  Object.assign(state, change);
  showFlow();
  showStep();
  showTraining();
  history.replaceState(null, "", `#${steps[state.step].name}`);
}

const within = (x, n) => Math.max(0, Math.min(n - 1, x));
const inPicture = (event) => event.target.matches?.("#tensors canvas");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (inPicture(event) && event.key === "Enter") state.inside = true;
  else if (event.key === "Escape") {
    state.inside = false;
    document.activeElement?.blur();
  } else if (state.inside && inPicture(event)) move(event);
  else travel(event);
});

function move(event) {
  const t = tensor(steps[state.step].name, state.k);
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!by) return;
  event.preventDefault();
  showElement([within(state.cell[0] + by[0], t.rows), within(state.cell[1] + by[1], t.columns)]);
}

function travel(event) {
  if (event.target === slider && event.key.startsWith("Arrow")) return; // it has its own keys
  const by = { ArrowLeft: ["step", -1], ArrowRight: ["step", 1], ArrowUp: ["k", -1], ArrowDown: ["k", 1] }[event.key];
  if (!by) return;
  event.preventDefault();
  const [name, difference] = by;
  show({ [name]: within(state[name] + difference, name === "step" ? steps.length : moments.length) });
}

byId("back").addEventListener("click", () => show({ step: within(state.step - 1, steps.length) }));
byId("next").addEventListener("click", () => show({ step: within(state.step + 1, steps.length) }));
addEventListener("focusout", () => (state.inside = false));
addEventListener("resize", () => show({}));
scheme.addEventListener("change", () => {
  readColours();
  show({});
});

readColours();
const asked = steps.findIndex(({ name }) => `#${name}` === decodeURI(location.hash));
const firstWrong = steps.findIndex(({ name }) => wrongOf(name).length > 0);
show({ step: Math.max(0, asked < 0 ? firstWrong : asked) });
