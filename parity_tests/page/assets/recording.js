// The recording: tensors by name in a snapshot of the training.

const recording = JSON.parse(document.getElementById("recording").textContent);

function decoded(text, Numbers) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Numbers(bytes.buffer);
}

const { moments } = recording;
const constants = { [recording.labels]: decoded(recording.Y, Float64Array) };
for (const [name, numbers] of Object.entries(recording.whole)) constants[name] = decoded(numbers, Float64Array);
const isWhole = (name) => name in recording.whole; // whole numbers, such as tokens, (m, …)
const known = new Map(); // decoded tensors

// {name, shape, rows, columns, positions, reference}; positions are the lengths of further axes. The candidate's tensor, if there is one, as own
// {values, …} in its own shape; and if the two can be compared also apart (the difference), allowed
// (its bound) and used (the ratio of the two).
function tensor(name, k) {
  const key = `${name} ${k}`;
  if (!known.has(key)) known.set(key, made(name, k));
  return known.get(key);
}

function made(name, k) {
  const t = { name, whole: isWhole(name), ...sized(recording.shapes[name], isWhole(name)) };
  if (constants[name]) return { ...t, reference: constants[name] };
  const held = moments[k].tensors[name];
  const own = held.own && decoded(held.own, Float64Array);
  if (!held.apart) {
    const reference = decoded(held.reference, Float64Array);
    return { ...t, reference, own: own && { values: own, ...sized(held.shape) }, unlike: Boolean(own) };
  }
  const apart = decoded(held.apart, Float32Array);
  const allowed = decoded(held.allowed, Float32Array);
  const used = Float64Array.from(apart, (d, i) => (d === 0 ? 0 : Math.abs(d) / allowed[i]));
  const reference = own.map((x, i) => x - apart[i]);
  return { ...t, reference, own: { values: own, ...sized(t.shape) }, apart, allowed, used };
}

function sized(shape, whole) {
  if (whole || shape.length < 2) return { shape, rows: 1, columns: shape[0] ?? 1, positions: shape.slice(1) };
  const [rows, columns, ...positions] = shape;
  return { shape, rows, columns, positions };
}

// What the next steps are computed from: the candidate's numbers, if they can be.
const valuesOf = (t) => (t.own && !t.unlike ? t.own.values : t.reference);

const largest = (numbers) => numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

// Whether a step's tensor is wrong in a snapshot; undefined where it was not checked: where the
// candidate has none, or where rounding alone could explain any value.
function wrongAt(name, k) {
  const t = tensor(name, k);
  if (!t.own) return undefined;
  if (t.unlike || largest(t.used) > 1) return true;
  return recording.blunt.includes(name) ? undefined : false;
}

// "dW2" → dW<sup>[2]</sup>, "W1+" → W<sup>[1]</sup> :=; in a graph the name itself
function named(name) {
  if (!recording.chain) return escaped(plain(name));
  return escaped(name).replace(/(\d+)(\+?)/, (_, l, after) => `<sup>[${l}]</sup>${after ? " :=" : ""}`);
}

// "dW2" → dW[2]
const plain = (name) => (recording.chain ? name.replace(/(\d+)(\+?)/, (_, l, after) => `[${l}]${after ? " :=" : ""}`) : name.replace("+", " :="));

// "dW[1]ᵀ" → dW<sup>[1]T</sup>
const lifted = (text) => (recording.chain ? raised(text) : escaped(text));
const raised = (text) => escaped(text).replace(/(?<=[A-Za-zγ])(\[(?:\d+|L)\])([ᵀ′]?)/g, "<sup>$1$2</sup>").replaceAll("ᵀ", "T");

// All digits of a number, so that two that differ look different.
const written = (x) => (Number.isFinite(x) ? String(x) : short(x));

function short(x) {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  return Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5 ? String(Number(x.toPrecision(4))) : x.toExponential(1);
}

function escaped(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span.innerHTML;
}

// A path is shown by its last part.
const fileName = recording.name.split("/").at(-1);
const candidateName = () => escaped(fileName);
