// The plane of two inputs: the decision boundary, and what each unit computes at every point.

const grids = moments.map(({ boundary: grid }) => grid && decoded(grid, Uint8Array));
const inputs = recording.inputs && decoded(recording.inputs, Float64Array);
const inputMaps = decodedMaps(recording.maps);
const unitMaps = moments.map(({ maps }) => decodedMaps(maps));

function decodedMaps(maps) {
  return Object.fromEntries(Object.entries(maps).map(([name, text]) => [name, decoded(text, Int8Array)]));
}

// −1 … 0 … 1: a probability of 0, of ½, of 1.
const byClass = (x) => mixed(colours.middle, x < 0 ? colours.zero : colours.one, x === 0 ? 0 : 0.15 + Math.abs(x) / 2);
const isProbability = (name) => Boolean(grids[0]) && name === recording.output;

// A canvas of n × n points of the plane, −1 to 1.
function painted(n, value, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = n;
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  for (let at = 0; at < n * n; at++) image.data.set([...colour(value(at)), 255], 4 * at);
  context.putImageData(image, 0, 0);
  return canvas;
}

// The map of a unit, "A1 0".
function paintedUnit(unit, k) {
  const [name, i] = unit.split(" ");
  const map = (name === "A0" ? inputMaps : unitMaps[k])[name];
  if (!map) return null;
  const n = 24;
  return painted(n, (at) => map[i * n * n + at] / 127, isProbability(name) ? byClass : (x) => diverging(x, 1));
}

// Where an example lies, from the left and from the top, 0 to 1.
function placeOf(example) {
  const [[left, right], [bottom, top]] = recording.extent;
  return [(inputs[example] - left) / (right - left), (top - inputs[recording.m + example]) / (top - bottom)];
}

function drawMaps(k, example) {
  for (const image of document.querySelectorAll("[data-map]")) {
    const map = paintedUnit(image.dataset.map, k);
    if (!map) continue;
    image.setAttribute("href", map.toDataURL());
    const [box, point] = [image.nextElementSibling, image.parentElement.querySelector("circle")];
    const [x, y] = placeOf(example);
    const side = Number(box.getAttribute("width"));
    point.setAttribute("cx", Number(box.getAttribute("x")) + side * x);
    point.setAttribute("cy", Number(box.getAttribute("y")) + side * y);
  }
}

// The unit whose map is shown large: under the pointer, or of the element of A[l]; else the output.
let unitPointedAt = null;
for (const group of document.querySelectorAll("#network g")) {
  const shown = (unit) => () => {
    unitPointedAt = unit;
    drawPlane(state.k);
  };
  group.addEventListener("pointerenter", shown(group.querySelector("rect").dataset.of));
  group.addEventListener("pointerleave", shown(null));
}

function shownUnit(k) {
  if (unitPointedAt) return unitPointedAt;
  const { name } = steps[state.step];
  const unit = `${name} ${state.cell[0]}`;
  return unitMaps[k][name] && paintedUnit(unit, k) && document.querySelector(`[data-map="${unit}"]`) ? unit : null;
}

function drawPlane(k) {
  const canvas = byId("boundary");
  if (!grids[k]) {
    byId("plane").hidden = true;
    return;
  }
  const side = HEIGHT;
  canvas.width = canvas.height = side * ratio;
  canvas.style.width = canvas.style.height = `${side}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const last = `${recording.output} ${recording.shapes[recording.output][0] - 1}`;
  const unit = shownUnit(k) ?? last;
  const fine = () => painted(Math.sqrt(grids[k].length), (at) => grids[k][at] / 127.5 - 1, byClass);
  context.drawImage(unit === last ? fine() : paintedUnit(unit, k), 0, 0, side, side);
  drawExamples(context, side);
  const [name, i] = unit.split(" ");
  const number = `<sub>${Number(i) + 1}</sub>`;
  const of = () => `a<sup>[${name.slice(1)}]</sup>${recording.shapes[name][0] === 1 ? "" : number}`;
  const what = name === "A0" ? `x${number}` : of();
  byId("plane-said").innerHTML = `${what} over x<sub>1</sub>, x<sub>2</sub>; <span class="one">●</span> y = 1 <span class="zero">▲</span> y = 0`;
}

// Circles where y is 1, triangles where it is 0; the example that is looked at is larger.
function drawExamples(context, side) {
  const { m } = recording;
  const all = constants[recording.labels];
  const Y = all.subarray(all.length - m);
  for (let j = 0; j < m; j++) {
    const [x, y] = placeOf(j).map((part) => part * side);
    const looked = j === state.cell[1];
    const size = looked ? 6 : 4;
    context.beginPath();
    if (Y[j]) context.arc(x, y, size, 0, 7);
    else for (const turn of [0, 1, 2]) context.lineTo(x + 1.3 * size * Math.sin((turn * 2 * Math.PI) / 3), y - 1.3 * size * Math.cos((turn * 2 * Math.PI) / 3));
    context.closePath();
    context.fillStyle = rgb(Y[j] ? colours.one : colours.zero);
    context.fill();
    context.strokeStyle = rgb(looked ? colours.now : colours.panel);
    context.lineWidth = looked ? 2 : 1;
    context.stroke();
  }
}
