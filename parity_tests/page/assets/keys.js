// By keyboard and by address: steps, the training, and from number to number.

const within = (x, n) => Math.max(0, Math.min(n - 1, x));
const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const picture = pictures.find(({ canvas }) => canvas === event.target);
  if (picture && event.key === "Enter") {
    state.inside = picture;
    const start = picture.pattern ? taken(picture.pattern, state.cell, picture.t)[0] ?? [0, 0] : state.cell;
    lookAt(picture, start);
  } else if (event.key === "Escape") {
    state.inside = null;
    document.activeElement?.blur();
  } else if (picture && picture === state.inside && !event.shiftKey) move(picture, event);
  else travel(event);
});

function move(picture, event) {
  if (!arrows[event.key]) return;
  event.preventDefault();
  const [down, right] = arrows[event.key];
  const by = picture.turned ? [right, down] : [down, right];
  const from = picture.pattern ? pointed.cell : state.cell;
  lookAt(picture, [within(from[0] + by[0], picture.t.rows), within(from[1] + by[1], picture.t.columns)]);
}

// ← and → step through the run, with Shift through the training.
function travel(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  if (event.target.type === "range" && !event.shiftKey) return; // it has its own keys
  event.preventDefault();
  const [, by] = arrows[event.key];
  if (event.shiftKey) show({ k: within(state.k + by, moments.length) });
  else show({ step: within(state.step + by, steps.length) });
}

byId("back").addEventListener("click", () => show({ step: within(state.step - 1, steps.length) }));
byId("next").addEventListener("click", () => show({ step: within(state.step + 1, steps.length) }));
addEventListener("resize", () => show({}));
addEventListener("hashchange", () => stepOfAddress() >= 0 && show({ step: stepOfAddress() }));
scheme.addEventListener("change", () => {
  readColours();
  show({});
});

// The element whose error is the largest part of its bound, where one is wrong; else the first.
function worstOf({ used, columns, positions: lengths }) {
  const most = used ? largest(used) : 0;
  const at = most > 1 ? used.indexOf(most) : 0;
  if (most > 1) positionsAt(at, lengths).forEach((p, axis) => (positions[axis] = p));
  const column = Math.floor(at / size(lengths));
  return [Math.floor(column / columns), column % columns];
}

readColours();
const firstWrong = steps.findIndex(({ name }) => wrongOf(name).length > 0);
const first = Math.max(0, stepOfAddress() < 0 ? firstWrong : stepOfAddress());
show({ step: first, k: recording.found, cell: worstOf(tensor(steps[first].name, recording.found)) });
