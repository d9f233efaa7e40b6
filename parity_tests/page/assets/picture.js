// The picture of a graph: the box of the step that is shown, and the steps of a box.

document.body.classList.toggle("graph", !recording.chain);
const boxes = [...document.querySelectorAll("[data-box]")];

for (const box of boxes) {
  const first = steps.findIndex((step) => step.box === box.dataset.box);
  if (first < 0) continue;
  box.classList.add("leads");
  box.addEventListener("click", () => show({ step: nextOf(box.dataset.box) }));
}

// The step of a box after the one that is shown; or else its first.
function nextOf(box) {
  const every = steps.flatMap((step, n) => (step.box === box ? [n] : []));
  return every.find((n) => n > state.step) ?? every[0];
}

function showBox(step) {
  for (const box of boxes) {
    const now = box.dataset.box === step.box;
    box.classList.toggle("now", now);
    box.classList.toggle("read", !now && box.dataset.box in step.reads);
    if (!now) continue;
    const [frame, inside] = [byId("network"), box.getBBox()];
    const scale = box.ownerSVGElement.clientWidth / box.ownerSVGElement.viewBox.baseVal.width;
    frame.scrollTop = (inside.y + inside.height / 2) * scale - frame.clientHeight / 2;
    frame.scrollLeft = (inside.x + inside.width / 2) * scale - frame.clientWidth / 2;
  }
}

function showGraph() {
  byId("network-said").textContent = "The dark box: the step that is shown. Click a box for its tensors, one after the other. The page draws no weights and no decision boundary of a graph.";
}
