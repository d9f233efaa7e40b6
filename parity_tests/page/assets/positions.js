// Tensors with further axes, (n, m, T, …): one position of each of these axes is shown at a time.

const { positions } = state; // of each axis past the second, from 0; kept from step to step

// The part of a tensor at the shown positions: a matrix, as every tensor of two axes is.
function atPositions(t) {
  const lengths = t.positions;
  if (lengths.length === 0) return t;
  const cut = (numbers, { positions: own }) => {
    const [all, p] = [size(own), offsetOf(own)];
    return numbers && numbers.filter((_, at) => at % all === p);
  };
  const parts = Object.fromEntries(["reference", "apart", "allowed", "used"].map((part) => [part, cut(t[part], t)]));
  const own = t.own && { ...t.own, values: cut(t.own.values, t.own) };
  return { ...t, ...parts, own };
}

const size = (lengths) => lengths.reduce((all, n) => all * n, 1);

// Where the shown positions are, of lengths in row-major order.
const shownOf = (lengths) => lengths.map((n, axis) => Math.min(positions[axis] ?? 0, n - 1));
const offsetOf = (lengths) => shownOf(lengths).reduce((at, p, axis) => at * lengths[axis] + p, 0);

// The positions of the number at a place of a tensor's list of all.
function positionsAt(place, lengths) {
  const found = [];
  for (let rest = place % size(lengths), axis = lengths.length - 1; axis >= 0; axis--) {
    found[axis] = rest % lengths[axis];
    rest = Math.floor(rest / lengths[axis]);
  }
  return found;
}

// A slider for each axis of positions that a shown tensor has, which moves all of them.
function showPositions(tensors) {
  const lengths = [];
  for (const t of tensors) t.positions.forEach((n, axis) => (lengths[axis] = Math.max(lengths[axis] ?? 1, n)));
  const place = byId("positions");
  place.hidden = lengths.length === 0;
  if (String([...place.querySelectorAll("input")].map(({ max }) => Number(max) + 1)) !== String(lengths)) {
    place.innerHTML = lengths.map((n, axis) => `<div class="position"><button type="button" data-by="-1" aria-label="The position before">←</button><label for="position${axis}"></label><input type="range" id="position${axis}" min="0" max="${n - 1}"><button type="button" data-by="1" aria-label="The next position">→</button></div>`).join("");
    place.querySelectorAll(".position").forEach((each, axis) => {
      const go = (p) => {
        positions[axis] = p;
        showStep();
      };
      const slide = each.querySelector("input");
      slide.addEventListener("input", () => go(Number(slide.value)));
      for (const button of each.querySelectorAll("button")) button.addEventListener("click", () => go(Number(slide.value) + Number(button.dataset.by)));
    });
  }
  lengths.forEach((n, axis) => {
    const p = Math.min(positions[axis] ?? 0, n - 1);
    const each = place.children[axis];
    const [before, after] = each.querySelectorAll("button");
    each.querySelector("input").value = p;
    each.querySelector("label").textContent = `${lengths.length > 1 ? `axis ${axis + 3}: ` : ""}position ${p + 1} of ${n}`;
    before.disabled = p === 0;
    after.disabled = p === n - 1;
  });
}
