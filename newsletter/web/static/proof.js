// The proof page: the edges of the mail and of the drawer are dragged, J and K go from remark to remark.

const STEP = 10;
const edge = document.querySelector(".edge");

function setWidth(width) {
  const [low, high] = [Number(edge.ariaValueMin), Number(edge.ariaValueMax)];
  const pixels = Math.round(Math.min(high, Math.max(low, width)));
  const frame = frameNow();
  if (Number(frame.width) === pixels) return;
  frame.width = edge.ariaValueNow = pixels;
  edge.ariaValueText = `${pixels} px`;
}

function frameNow() {
  return edge.parentElement.querySelector("iframe:not(.arriving)");
}

// The width goes into the address, and the words of the page follow.
function keepWidth() {
  const address = new URL(location);
  address.searchParams.set("width", frameNow().width);
  dispatchEvent(new CustomEvent("studio:view", { detail: address.href }));
}

edge?.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  edge.focus();
  edge.setPointerCapture(event.pointerId);
  const [start, width] = [event.clientX, frameNow().clientWidth];
  // The mail stays in the middle: its edge moves half as far as it grows.
  const move = (moved) => setWidth(width + 2 * (moved.clientX - start));
  edge.addEventListener("pointermove", move);
  edge.addEventListener("lostpointercapture", () => {
    edge.removeEventListener("pointermove", move);
    keepWidth();
  }, { once: true });
});
edge?.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (!step) return;
  event.preventDefault();
  setWidth(Number(frameNow().width) + step);
  keepWidth();
});

// The drawer: dragged by its edge between 220 pixels and half the window, and as tall the next time.
const TALL = "studio-drawer";
const drawer = document.querySelector(".drawer");
const grip = drawer.querySelector(".grip");
const limits = () => [Number(grip.ariaValueMin), Math.max(Number(grip.ariaValueMin), Math.round(innerHeight / 2))];

function setHeight(height) {
  const [low, high] = limits();
  const pixels = Math.round(Math.min(high, Math.max(low, height)));
  drawer.style.setProperty("--drawer", `${pixels}px`);
  [grip.ariaValueMax, grip.ariaValueNow, grip.ariaValueText] = [high, pixels, `${pixels} px`];
  return pixels;
}

const keepHeight = (height) => localStorage.setItem(TALL, setHeight(height));

if (localStorage.getItem(TALL)) setHeight(Number(localStorage.getItem(TALL)));
else [grip.ariaValueMax, grip.ariaValueNow] = [limits()[1], drawer.offsetHeight];
addEventListener("resize", () => drawer.style.getPropertyValue("--drawer") && setHeight(Number(localStorage.getItem(TALL))));

grip.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  grip.focus();
  grip.setPointerCapture(event.pointerId);
  const [start, height] = [event.clientY, drawer.offsetHeight];
  const move = (moved) => keepHeight(height + start - moved.clientY);
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
});
grip.addEventListener("keydown", (event) => {
  const [low, high] = limits();
  const here = drawer.offsetHeight;
  const height = { ArrowUp: here + 2 * STEP, ArrowDown: here - 2 * STEP, Home: low, End: high }[event.key];
  if (height === undefined) return;
  event.preventDefault();
  keepHeight(height);
});

document.addEventListener("click", (event) => {
  const step = Number(event.target.dataset?.step);
  if (!step) return;
  const findings = [...document.querySelectorAll("[data-finding]")];
  const here = findings.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : findings.length - 1) : (here + step + findings.length) % findings.length;
  findings[next]?.focus();
  findings[next]?.closest("li").scrollIntoView({ block: "nearest" });
});

document.querySelector("#line")?.scrollIntoView({ block: "center" });
