// The recording: tensors by name at a moment of the training.

const recording = JSON.parse(document.getElementById("recording").textContent);

function decoded(text, Numbers) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Numbers(bytes.buffer);
}

const size = (name) => recording.shapes[name].reduce((a, b) => a * b, 1);

// Where each tensor begins among the values, and among the differences, of a moment.
const places = new Map();
let inValues = 0;
let inElements = 0;
for (const name of recording.params) {
  places.set(name, { value: inValues });
  inValues += size(name);
}
for (const name of Object.keys(recording.elements)) {
  places.set(name, { value: inValues, element: inElements });
  inValues += size(name);
  inElements += size(name);
}

const moments = recording.moments.map((moment) => ({
  iteration: moment.iteration,
  values: decoded(moment.values, Float64Array),
  apart: decoded(moment.apart, Float32Array),
  allowed: decoded(moment.allowed, Float32Array),
  boundary: moment.boundary && decoded(moment.boundary, Uint8Array),
}));

const constants = { Y: decoded(recording.Y, Float64Array) };

// {name, rows, columns, values, and, if the candidate gave it, apart, allowed, used}
function tensor(name, k) {
  const shape = recording.shapes[name];
  const [rows, columns] = shape.length === 2 ? shape : [1, 1];
  const n = size(name);
  if (constants[name]) return { name, shape, rows, columns, values: constants[name] };
  const { value, element } = places.get(name);
  const values = moments[k].values.subarray(value, value + n);
  if (!recording.elements[name]) return { name, shape, rows, columns, values };
  const apart = moments[k].apart.subarray(element, element + n);
  const allowed = moments[k].allowed.subarray(element, element + n);
  const used = Float64Array.from(apart, (d, i) => (d === 0 ? 0 : Math.abs(d) / allowed[i]));
  return { name, shape, rows, columns, values, apart, allowed, used };
}

const largest = (numbers) => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

// What a step's tensor used of its allowance at a moment; undefined where nothing was compared.
function usedOf(name, k) {
  const { used } = tensor(name, k);
  return used && largest(used);
}

// "dW2" → dW<sup>[2]</sup>, "W1+" → W<sup>[1]</sup> :=
function named(name) {
  return name.replace(/(\d+)(\+?)/, (_, l, after) => `<sup>[${l}]</sup>${after ? " :=" : ""}`);
}

// "dW2" → dW[2]
const plain = (name) => name.replace(/(\d+)(\+?)/, (_, l, after) => `[${l}]${after ? " :=" : ""}`);

function written(x) {
  if (x === 0 || !Number.isFinite(x)) return String(x);
  return String(Number(x.toPrecision(17))) === String(x) ? String(x) : x.toPrecision(17);
}

const short = (x) => (x === 0 ? "0" : Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5 ? String(Number(x.toPrecision(4))) : x.toExponential(1));
