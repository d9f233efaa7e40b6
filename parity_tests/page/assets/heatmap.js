// Numbers as a picture: one square a number.

const scheme = matchMedia("(prefers-color-scheme: dark)");
const colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["positive", "negative", "middle", "right", "wrong", "one", "zero", "ink", "panel", "rule", "faint", "now"]) {
    const hex = style.getPropertyValue(`--${name}`).trim().slice(1);
    const full = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
    colours[name] = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
  }
}

const mixed = (from, to, t) => from.map((c, k) => Math.round(c + (to[k] - c) * t));
const rgb = (colour) => `rgb(${colour.join(",")})`;

// −most … 0 … most: negative, middle, positive.
function diverging(x, most) {
  if (!Number.isFinite(x)) return colours.wrong;
  const t = most ? Math.min(1, Math.abs(x) / most) : 0;
  return mixed(colours.middle, x < 0 ? colours.negative : colours.positive, Math.sqrt(t));
}

// An error ratio: at most 1 green, above 1 red.
function fraction(x) {
  return x > 1 ? colours.wrong : mixed(colours.middle, colours.right, Math.sqrt(Math.max(0, x)));
}

const ratio = Math.min(3, Math.max(1, devicePixelRatio || 1));

// The size of a square so that rows × columns fit into a width and a height.
function cellSize(rows, columns, width, height) {
  return Math.max(1, Math.min(46, Math.floor(Math.min(width / columns, height / rows))));
}

// turned: the picture's rows are the tensor's columns.   marks: the squares [i, j] of a row, a
// column or an element, which are outlined together.
function draw(canvas, { rows, columns, values, colour, turned, cell, marks = [], wrong, whole }) {
  const [down, across] = turned ? [columns, rows] : [rows, columns];
  canvas.width = Math.max(1, across * cell * ratio);
  canvas.height = Math.max(1, down * cell * ratio);
  canvas.style.width = `${across * cell}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const place = (i, j) => (turned ? [i * cell, j * cell] : [j * cell, i * cell]);
  const gap = cell > 5 ? 1 : 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const x = values[i * columns + j];
      const filled = colour(x);
      context.fillStyle = rgb(filled);
      context.fillRect(...place(i, j), cell - gap, cell - gap);
      if (wrong && wrong[i * columns + j] > 1) outlined(context, place(i, j), cell - gap);
      if (cell >= (whole ? 14 : 40)) numbered(context, place(i, j), cell, x, filled, whole);
    }
  }
  if (marks.length) {
    const [first, last] = [place(...marks[0]), place(...marks.at(-1))];
    context.strokeStyle = rgb(colours.now);
    context.lineWidth = cell > 5 ? 2 : 1.5;
    const side = (from, to) => to - from + cell - gap;
    context.strokeRect(first[0], first[1], side(first[0], last[0]), side(first[1], last[1]));
  }
}

function outlined(context, [x, y], side) {
  context.strokeStyle = rgb(colours.wrong);
  context.lineWidth = side > 5 ? 2 : 1;
  context.strokeRect(x + 1, y + 1, side - 2, side - 2);
}

// Black or white on a colour, whichever has the higher contrast: at least 4.58 (WCAG 2.2).
function inkOn(colour) {
  const linear = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000" : "#fff";
}

function numbered(context, [x, y], cell, value, on, whole) {
  context.fillStyle = inkOn(on);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const fixed = Math.abs(value) >= 1e-2 && Math.abs(value) < 100;
  context.fillText(whole || value === 0 ? String(value) : fixed ? value.toFixed(2) : Number.isFinite(value) ? value.toExponential(0) : short(value), x + cell / 2, y + cell / 2);
}

// The element [i, j] under a pointer.
function picked(canvas, event, { rows, columns, turned }) {
  const box = canvas.getBoundingClientRect();
  const [down, across] = turned ? [columns, rows] : [rows, columns];
  const at = (x, n) => Math.max(0, Math.min(n - 1, Math.floor(x * n)));
  const row = at((event.clientY - box.top) / box.height, down);
  const column = at((event.clientX - box.left) / box.width, across);
  return turned ? [column, row] : [row, column];
}
