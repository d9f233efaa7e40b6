// The steps, one at a time: by buttons, by keys, by the list of all of them.

const state = { step: 0, k: 0, cell: [0, 0], positions: [], inside: null };
const steps = recording.steps;
const byId = (id) => document.getElementById(id);

// The findings about a tensor.
const wrongOf = (name) => recording.findings.filter((finding) => finding.steps.includes(name));

const about = recording.curve.length === 0 ? "" : `; gradient descent, α = ${recording.alpha}`;
byId("what").textContent = `${fileName} beside the NumPy reference: ${recording.summary}, ${recording.precision}; ${recording.data}, m = ${recording.m}${about}`;
const at = recording.found ? ` at iteration ${moments[recording.found].iteration}, and none before it` : "";
const mark = recording.passed ? "✓" : recording.findings.length ? "✗" : "?"; // not judged
const verdict = { "✓": "right", "✗": "wrong", "?": "not-checked" }[mark];
const said = [recording.verdict, ...recording.notes].map((line) => `<small>${escaped(line)}</small>`).join("");
byId("verdict").innerHTML = `<b class="${verdict}">${mark} ${lifted(recording.headline)}${at}</b> ${said}`;
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
  const wrongBoxes = new Set();
  for (const [n, button] of byId("flow").querySelectorAll("button").entries()) {
    const { name } = steps[n];
    const wrong = wrongOf(name).length > 0 && state.k === recording.found ? true : wrongAt(name, state.k);
    const [mark, said] = { true: ["✗", "wrong"], false: ["✓", "right"], undefined: ["–", "not checked"] }[wrong];
    button.innerHTML = `<span>${named(name)}</span> <span class="mark ${said.replace(" ", "-")}">${mark}</span>`;
    button.setAttribute("aria-label", `${plain(name)}, ${said}`);
    button.classList.toggle("bad", Boolean(wrong));
    if (wrong) wrongBoxes.add(steps[n].box);
    button.toggleAttribute("aria-current", n === state.step);
    if (n !== state.step) continue;
    button.setAttribute("aria-current", "step");
    byId("flow").scrollLeft = button.offsetLeft - byId("flow").offsetLeft - byId("flow").clientWidth / 2;
    byId("flow").scrollTop = button.offsetTop - byId("flow").offsetTop - byId("flow").clientHeight / 2;
  }
  for (const box of boxes) box.classList.toggle("bad", wrongBoxes.has(box.dataset.box));
}

byId("numpy-of").textContent = recording.twin ? "NumPy" : "NumPy, the reference";
byId("other-of").innerHTML = recording.twin ? "PyTorch" : candidateName();

function inCode(code) {
  return `<pre>${escaped(code)}</pre>`;
}

// The lines of our files, small where a student's line stands above them.
function fileLines(sources, small) {
  return sources.map(({ file, line, code }) => `<div class="${small ? "below" : ""}">${inCode(code)}<small>${file}:${line}</small></div>`).join("");
}

const numpyLines = ({ numpy, numpy_code: code }) => (code ? inCode(code) : "") + fileLines(numpy, Boolean(code));

// What a student would write in torch; or the candidate's own line.
function otherLines(step) {
  if (recording.twin) return (recording.network ? `<pre class="faint">${escaped(recording.network)}</pre>` : "") + (step.torch_code ? inCode(step.torch_code) : "") + fileLines(step.torch, Boolean(step.torch_code));
  const line = recording.lines[step.name];
  const missing = recording.lines.J ? "the line that computes it was not found" : "the page finds the lines of the course's functions only";
  if (!line) return `<p class="small">${tensor(step.name, state.k).own ? missing : notChecked(step)}</p>`;
  const [, where, code] = withoutFile(line).match(/^(.*?lines? [\d–]+): (.*)$/s) ?? ["", "", line];
  return `${inCode(code)}<small>${escaped(where)}</small>`;
}

function notChecked({ name, phase }) {
  const notRun = `this page does not run the update of ${candidateName()}`;
  if (phase === "update") return recording.alone ? `${notRun}; the check calls update_parameters on its own` : `not checked: ${notRun}`;
  return `not checked: ${candidateName()} does not return ${named(name)}`;
}

// "mine.py, line 22: …" without the file's name, which stands above it.
function withoutFile(line) {
  return line.startsWith(fileName) ? line.slice(fileName.length).replace(/^,? /, "") : line;
}

function showStep() {
  const step = steps[state.step];
  const place = step.place ? `, ${step.place}` : "";
  byId("title").innerHTML = `${named(step.name)} <small>${step.phase}${place}; step ${state.step + 1} of ${steps.length}</small>`;
  byId("equations").innerHTML = step.equations.join("");
  byId("meaning").innerHTML = lifted(step.meaning);
  byId("dimensions").innerHTML = dimensionsOf(step);
  byId("note").innerHTML = lifted(step.note);
  byId("note").hidden = !step.note;
  byId("numpy").innerHTML = numpyLines(step);
  byId("other").innerHTML = otherLines(step);
  byId("back").disabled = state.step === 0;
  byId("next").disabled = state.step === steps.length - 1;
  const found = state.k === recording.found ? wrongOf(step.name) : [];
  byId("finding").innerHTML = found.map(explained).join("") + wrongPlaces(tensor(step.name, state.k));
  byId("finding").hidden = !byId("finding").innerHTML;
  const [layer] = step.name.match(/\d+/) ?? [""];
  for (const unit of document.querySelectorAll(".unit")) {
    unit.classList.toggle("now", (unit.dataset.of ?? unit.dataset.unit).startsWith(`A${layer} `));
  }
  showBox(step);
  showTensors(step);
  for (const part of document.querySelectorAll(".scrolls")) part.classList.toggle("overflows", part.scrollWidth > part.clientWidth + 1);
}

// The dimensions, checked off; or those that the candidate's tensor has.
function dimensionsOf(step) {
  const { own, shape } = tensor(step.name, state.k);
  const other = own && String(own.shape) !== String(shape);
  const text = other ? `${plain(step.name)} has ${shapeOf(own.shape)}; expected ${shapeOf(shape)}` : step.dimensions;
  const right = step.right && !other;
  return `${lifted(text)} <b class="${right ? "right" : "wrong"}">${right ? "✓" : "✗"}</b>`;
}


// A finding: the wrong tensor, the cause, the line that gives these numbers and the right one.
function explained({ message, cause, wrong, line, yours, from_0: from0 }) {
  const rows = [
    ["why", cause && `${lifted(cause)}${from0 ? ' <span class="small">(counted from 0, as NumPy does)</span>' : ""}`],
    ["wrong", wrong.map(inCode).join("")],
    ["right", line && inCode(line)],
    ["yours", yours && inCode(withoutFile(yours))],
  ].filter(([, text]) => text);
  const list = rows.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join("");
  return `<b class="wrong">${lifted(message)}</b><dl>${list}</dl>`;
}

// Which rows (units) and columns are wrong.
function wrongPlaces({ used, rows, columns, positions: lengths }) {
  if (!used || !(largest(used) > 1) || rows * columns === 1) return "";
  const all = size(lengths);
  const wrong = Array.from(used.keys()).filter((at) => used[at] > 1);
  const some = new Set(wrong.map((at) => Math.floor(at / all)));
  const bad = (i, j) => some.has(i * columns + j);
  const range = (n) => Array.from({ length: n }, (_, k) => k);
  const wrongRows = range(rows).filter((i) => range(columns).some((j) => bad(i, j)));
  const wrongColumns = range(columns).filter((j) => range(rows).some((i) => bad(i, j)));
  return `<p>wrong rows: ${runs(wrongRows, rows)}; wrong columns: ${runs(wrongColumns, columns)}${wrongPositions(wrong, lengths)} <span class="small">(counted from 1, as the course does)</span></p>`;
}

// "; wrong positions: 2", of each axis of positions.
function wrongPositions(wrong, lengths) {
  const each = wrong.map((at) => positionsAt(at, lengths));
  return lengths.map((n, axis) => {
    const some = [...new Set(each.map((found) => found[axis]))].sort((a, b) => a - b);
    return `; wrong positions${lengths.length > 1 ? ` of axis ${axis + 3}` : ""}: ${runs(some, n)}`;
  }).join("");
}

// [0, 1, 2, 5] → "1–3, 6", as the course counts
function runs(some, n) {
  if (some.length === n) return "all";
  const starts = some.filter((x) => !some.includes(x - 1));
  const ends = some.filter((x) => !some.includes(x + 1));
  return starts.map((x, k) => (x === ends[k] ? x + 1 : `${x + 1}–${ends[k] + 1}`)).join(", ");
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
