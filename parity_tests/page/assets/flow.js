// The steps, one at a time: by buttons, by keys, by the list of all of them.

const state = { step: 0, k: 0, cell: [0, 0], inside: null };
const steps = recording.steps;
const byId = (id) => document.getElementById(id);

// The findings about a tensor: also about how the step to it took another one, "A1@Z2".
const wrongOf = (name) => recording.findings.filter(({ tensor: t }) => t.split("@").includes(name));

const about = recording.curve.length === 0 ? "" : `; gradient descent, α = ${recording.alpha}`;
byId("what").textContent = `${recording.name} beside the NumPy reference: ${recording.summary}, ${recording.precision}; ${recording.data}, m = ${recording.m}${about}`;
const at = recording.found ? ` at iteration ${moments[recording.found].iteration}, and none before it` : "";
const mark = recording.passed ? "✓" : recording.findings.length ? "✗" : "?"; // not judged
byId("verdict").innerHTML = `<b class="${recording.passed ? "right" : "wrong"}">${mark} ${escaped(recording.verdict)}${at}</b>`;
const elsewhere = recording.findings.filter((f) => !steps.some(({ name }) => wrongOf(name).includes(f)));
byId("elsewhere").innerHTML = elsewhere.map(explained).join("");
byId("elsewhere").hidden = elsewhere.length === 0;

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
  for (const [n, button] of byId("flow").querySelectorAll("button").entries()) {
    const { name } = steps[n];
    const wrong = wrongAt(name, state.k) || (wrongOf(name).length > 0 && state.k === recording.found);
    const mark = wrong ? '<span class="mark wrong">✗</span>' : wrong === undefined ? "" : '<span class="mark right">✓</span>';
    button.innerHTML = `<span>${named(name)}</span> ${mark}`;
    button.setAttribute("aria-label", `${plain(name)}${wrong ? ", wrong" : ""}`);
    button.classList.toggle("bad", Boolean(wrong));
    button.toggleAttribute("aria-current", n === state.step);
    if (n !== state.step) continue;
    button.setAttribute("aria-current", "step");
    byId("flow").scrollLeft = button.offsetLeft - byId("flow").offsetLeft - byId("flow").clientWidth / 2;
  }
}

function listed(sources, name) {
  const candidates = recording.lines[name] ? `<small>${candidateName()}</small><pre>${escaped(recording.lines[name])}</pre>` : "";
  return sources.map(({ file, line, code }) => `<small>${file}:${line}</small><pre>${escaped(code)}</pre>`).join("") + candidates;
}

function showStep() {
  const step = steps[state.step];
  const layer = step.layer === null ? "" : `, layer ${step.layer}`;
  byId("title").innerHTML = `${named(step.name)} <small>${step.phase}${layer}; step ${state.step + 1} of ${steps.length}</small>`;
  byId("equations").innerHTML = step.equations.join("");
  byId("dimensions").innerHTML = dimensionsOf(step);
  byId("note").textContent = step.note;
  byId("note").hidden = !step.note;
  byId("numpy").innerHTML = listed(step.numpy, step.name);
  byId("torch").innerHTML = listed(step.torch);
  byId("back").disabled = state.step === 0;
  byId("next").disabled = state.step === steps.length - 1;
  const found = state.k === recording.found ? wrongOf(step.name) : [];
  byId("finding").innerHTML = found.map(explained).join("") + wrongPlaces(tensor(step.name, state.k));
  byId("finding").hidden = !byId("finding").innerHTML;
  for (const circle of document.querySelectorAll("[data-unit]")) {
    circle.classList.toggle("now", step.layer !== null && circle.dataset.unit.startsWith(`A${step.layer} `));
  }
  showTensors(step);
}

// The dimensions, checked off; or those that the candidate's tensor has.
function dimensionsOf(step) {
  const { own, shape } = tensor(step.name, state.k);
  const other = own && String(own.shape) !== String(shape);
  const text = other ? `${plain(step.name)} has ${shapeOf(own.shape)}; expected ${shapeOf(shape)}` : step.dimensions;
  const right = step.right && !other;
  const lifted = escaped(text).replace(/(\[\d+\])([ᵀ′]?)/g, "<sup>$1$2</sup>").replaceAll("ᵀ", "T");
  return `${lifted} <b class="${right ? "right" : "wrong"}">${right ? "✓" : "✗"}</b>`;
}

// A finding: the wrong tensor, the cause, the line that gives these numbers and the right one.
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
  const wrongRows = range(rows).filter((i) => range(columns).some((j) => bad(i, j)));
  const wrongColumns = range(columns).filter((j) => range(rows).some((i) => bad(i, j)));
  return `<p>wrong rows: ${runs(wrongRows, rows)}; wrong columns: ${runs(wrongColumns, columns)}</p>`;
}

// [0, 1, 2, 5] → "0–2, 5"
function runs(some, n) {
  if (some.length === n) return "all";
  const starts = some.filter((x) => !some.includes(x - 1));
  const ends = some.filter((x) => !some.includes(x + 1));
  return starts.map((x, k) => (x === ends[k] ? x : `${x}–${ends[k]}`)).join(", ");
}

function show(change) {
  if ("step" in change && change.step !== state.step) pointed = null;
  Object.assign(state, change);
  showFlow();
  showStep();
  showTraining();
  history.replaceState(null, "", `#${steps[state.step].name}`);
}

// The step that the address names, such as #dW1; −1 if none.
function stepOfAddress() {
  return steps.findIndex(({ name }) => `#${encodeURI(name)}` === location.hash || `#${name}` === location.hash);
}
