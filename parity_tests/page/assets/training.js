// The slider over the training: the cost, and the network's weights.

const curve = document.getElementById("curve");

const HEIGHT = 190; // of the cost's picture and of the plane

function sharp(canvas) {
  const [width, height] = [canvas.clientWidth || 300, HEIGHT];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return [context, width, height];
}

function drawCurve(k) {
  const [context, width, height] = sharp(curve);
  const points = recording.curve;
  if (points.length === 0) {
    curve.hidden = true;
    return;
  }
  const [left, right, top, bottom] = [34, width - 6, 10, height - 22];
  const last = Math.max(1, points.at(-1)[0]);
  const most = Math.max(...points.map(([, J]) => J)) || 1;
  const x = (t) => left + ((right - left) * t) / last;
  const y = (J) => bottom - ((bottom - top) * J) / most;
  context.strokeStyle = rgb(colours.rule);
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left, bottom);
  context.lineTo(right, bottom);
  context.stroke();
  context.fillStyle = rgb(colours.faint);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.fillText(short(Number(most.toPrecision(2))), left - 4, top + 6);
  context.fillText("0", left - 4, bottom);
  context.fillText(`iteration ${last}`, right, height - 6);
  context.textAlign = "left";
  context.fillText("J", left + 12, top + 2);
  context.strokeStyle = rgb(colours.positive);
  context.lineWidth = 2;
  context.beginPath();
  points.forEach(([t, J]) => context.lineTo(x(t), y(J)));
  context.stroke();
  context.fillStyle = rgb(colours.now);
  context.beginPath();
  context.arc(x(moments[k].iteration), y(moments[k].J), 4.5, 0, 7);
  context.fill();
}

// Lines by the weights, circles by the activations of the example that is looked at.
function colourNetwork(k) {
  const of = {};
  const get = (name) => (of[name] ??= ((t) => ({ values: valuesOf(t), columns: t.columns, most: largest(valuesOf(t)) }))(tensor(name, k)));
  for (const line of document.querySelectorAll("[data-weight]")) {
    const [name, i, j] = line.dataset.weight.split(" ");
    const { values, columns, most } = get(name);
    const w = values[i * columns + Number(j)];
    line.style.stroke = rgb(diverging(w, most));
    line.style.strokeWidth = 0.6 + (most ? (3 * Math.abs(w)) / most : 0);
  }
  const example = Math.min(state.cell[1], recording.m - 1);
  for (const circle of document.querySelectorAll("[data-unit]")) {
    const [name, i] = circle.dataset.unit.split(" ");
    const { values, columns, most } = get(name);
    circle.style.fill = rgb(diverging(values[i * columns + example], most));
  }
  drawMaps(k, example);
  const units = recording.extent
    ? `Each square: what the unit computes at every point of the plane (x<sub>1</sub>, x<sub>2</sub>); the dot: example ${example + 1}.${grids[k] ? " Point at a square to see it large." : ""}`
    : `Each circle: the output of the unit for example ${example + 1}.`;
  if (!recording.chain) return showGraph();
  byId("network-said").innerHTML = `${units} Each line: a weight; thicker = larger.`;
}

const slider = document.getElementById("moment");
slider.max = moments.length - 1;
slider.addEventListener("input", () => show({ k: Number(slider.value) }));
document.querySelector(".slider").hidden = moments.length < 2;

let playing = null;
const play = document.getElementById("play");
function stop() {
  clearInterval(playing);
  playing = null;
  play.textContent = "▶ train";
}
play.addEventListener("click", () => {
  if (playing) {
    stop();
    return;
  }
  if (state.k === moments.length - 1) show({ k: 0 });
  play.textContent = "❚❚ stop";
  playing = setInterval(() => {
    if (state.k === moments.length - 1) stop();
    else show({ k: state.k + 1 });
  }, 180);
});

function showTraining() {
  slider.value = state.k;
  const { iteration, J } = moments[state.k];
  const training = `iteration ${iteration} of the reference's gradient descent, J = ${short(J)}`;
  const said = recording.curve.length === 0 ? "the parameters of the file" : training;
  document.getElementById("moment-said").textContent = said;
  slider.setAttribute("aria-valuetext", said);
  drawPlane(state.k); // without a plane the curve is as wide as its panel
  drawCurve(state.k);
  colourNetwork(state.k);
}
