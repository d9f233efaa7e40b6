// The pictures of a step: its operands, both sides, their difference and the error ratio.

// Those that are there: {canvas, t, turned, pattern, draw}; pattern of the elements that the step reads.
let pictures = [];

function showTensors(step) {
  const focused = pictures.findIndex(({ canvas }) => canvas === document.activeElement);
  const { inside } = state;
  const places = ["reads", "ours", "theirs", "difference", "used"].map(byId);
  const [reads, ours, theirs, difference, used] = places;
  for (const place of places) place.innerHTML = "";
  byId("tensors").classList.toggle("turned", turnedOf(step));
  pictures = [];
  const operands = Object.entries(step.reads).map(([name, pattern]) => [tensor(name, state.k), pattern]);
  const whole = tensor(step.name, state.k);
  showPositions([whole, ...operands.map(([operand]) => operand)]);
  const t = atPositions(whole);
  state.cell = [Math.min(state.cell[0], t.rows - 1), Math.min(state.cell[1], t.columns - 1)];
  for (const [operand, pattern] of operands) {
    const { name } = operand;
    const shown = atPositions(operand);
    figure(reads, { ...shown, values: valuesOf(shown) }, { label: named(name), said: plain(name), caption: shapeOf(operand.shape), most: largest(valuesOf(operand)), pattern });
  }
  const most = largest(whole.reference);
  const after = step.phase === "update" ? ", after the step" : "";
  const label = `${named(step.name.replace("+", ""))} ${recording.twin ? "NumPy" : "of the reference"}${after}`;
  figure(ours, { ...t, values: t.reference }, { label, said: "NumPy", caption: shapeOf(t.shape), most });
  if (t.own) showOwn(theirs, step, t, most);
  else theirs.innerHTML = `<p class="small">${notChecked(step)}</p>`;
  if (t.used) {
    const everywhere = whole.positions.length ? ", of all positions" : "";
    const apart = `at most ${short(largest(whole.apart))}${everywhere}`;
    figure(difference, { ...t, values: t.apart }, { label: "difference", said: "difference", caption: apart, most: largest(whole.apart) });
    figure(used, { ...t, values: t.used }, { label: "error / bound", said: "error divided by bound", caption: ratioCaption(largest(whole.used), everywhere), colour: fraction });
  }
  showElement(state.cell);
  if (focused >= 0) pictures[focused]?.canvas.focus();
  state.inside = inside === null ? null : pictures[focused] ?? null;
}

// Whether the candidate's rows are our columns.
const turnedOf = (step) => recording.batchFirst && step.layout === "T";

function showOwn(place, step, t, most) {
  const turned = turnedOf(step) && !t.unlike;
  const { shape } = t.own;
  const theirs = recording.batchFirst && step.layout === "column" ? [t.rows] : turned ? batchFirst(shape) : shape;
  const name = recording.twin ? `torch: <code>${escaped(step.torch_name)}</code>` : candidateName();
  const caption = `${shapeOf(theirs)}${turned ? ", transposed: a row is an example" : ""}`;
  figure(place, { ...t.own, name: t.name }, { label: name, said: recording.name, caption, most, turned, wrong: t.used });
}

// (n, m) → (m, n), (n, m, T) → (m, T, n), and of images (n, m, H, W) → (m, n, H, W).
function batchFirst([n, m, ...further]) {
  return further.length === 1 ? [m, ...further, n] : [m, n, ...further];
}

const ratioCaption = (used, everywhere) => `at most ${short(used)}${everywhere} <b class="${used > 1 ? "wrong" : "right"}">${used > 1 ? "✗" : "✓"}</b>`;

function figure(place, t, { label, said, caption, most = largest(t.values), turned = false, colour, pattern, wrong }) {
  const element = document.createElement("figure");
  element.innerHTML = `<div class="label">${label}</div><canvas tabindex="0" role="img" aria-roledescription="numbers as colours; press Enter to go through them"></canvas><figcaption>${caption}</figcaption>`;
  const canvas = element.querySelector("canvas");
  canvas.setAttribute("aria-label", `${plain(t.name)}, ${said}, ${t.rows} by ${t.columns}`);
  const [down, across] = turned ? [t.columns, t.rows] : [t.rows, t.columns];
  const room = byId("tensors").clientWidth - 4;
  const cell = cellSize(down, across, room < 560 ? room : Math.min(room / 2.3, 520), pattern ? 220 : 260);
  const picture = { canvas, t, turned, pattern };
  picture.draw = () => {
    const marks = pattern ? taken(pattern, state.cell, t) : [state.cell];
    const own = picture === state.inside && pattern && pointed ? [pointed.cell] : marks;
    draw(canvas, { ...t, turned, cell, marks: own.filter(([i, j]) => i < t.rows && j < t.columns), colour: colour ?? ((x) => diverging(x, most)), wrong });
  };
  const look = (event) => lookAt(picture, picked(canvas, event, { ...t, turned }));
  canvas.addEventListener("pointermove", look);
  canvas.addEventListener("pointerdown", look);
  pictures.push(picture);
  place.append(element);
}

// The element [i, j] of a picture: of the step's tensor, or a number that the step reads.
function lookAt({ t, pattern }, place) {
  pointed = pattern ? { name: t.name, cell: place, positions: shownOf(t.positions), value: t.values[place[0] * t.columns + place[1]] } : null;
  showElement(pattern ? state.cell : place);
}

// Another element of the same tensor: the pictures stay, their marks move.
function showElement(cell) {
  const another = cell[1] !== state.cell[1];
  state.cell = cell;
  for (const picture of pictures) picture.draw();
  byId("readout").innerHTML = readout(steps[state.step], cell, state.k);
  if (another) showTraining();
}
