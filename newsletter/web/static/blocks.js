// The list of blocks: dragged by its grips, walked and moved by the arrow keys.

import { inField } from "./keys.js";

const EDGE = 48; // pixels from the edge of the column where it begins to scroll

export function followBlocks(page, { move, remove }) {
  page.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (grip && event.button === 0) drag(event, grip, move);
  });
  page.addEventListener("keydown", (event) => {
    const block = event.target.closest("[data-block]");
    if (inField(event.target) || !["ArrowUp", "ArrowDown", "Delete"].includes(event.key)) return;
    if (!block) return enter(event, page);
    const at = Number(block.dataset.block);
    const by = event.key === "ArrowUp" ? -1 : 1;
    event.preventDefault();
    if (event.key === "Delete") remove(at);
    else if (event.altKey) move(at, at + by);
    else page.querySelector(`#block-${at + by}`)?.focus();
  });
}

// ↓ anywhere in the column goes to the first block.
function enter(event, page) {
  const list = event.target.closest("#issue");
  if (!list || event.key !== "ArrowDown" || event.altKey || event.target.closest("details")) return;
  const first = page.querySelector("#block-0");
  if (first) {
    event.preventDefault();
    first.focus();
  }
}

function drag(event, grip, move) {
  const block = grip.closest("[data-block]");
  const list = block.parentElement;
  const column = list.closest(".body");
  const from = Number(block.dataset.block);
  const stops = [...list.children].map((item) => ({ item, at: Number(item.dataset.block) }));
  let to = from;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  block.classList.add("dragged");

  const show = (pointer) => {
    const box = column.getBoundingClientRect();
    if (pointer.clientY < box.top + EDGE) column.scrollTop -= 12;
    if (pointer.clientY > box.bottom - EDGE) column.scrollTop += 12;
    const before = stops.filter(({ item }) => middle(item) < pointer.clientY && item !== block).length;
    to = before;
    for (const { item } of stops) item.classList.remove("falls-before", "falls-after");
    if (to === from) return;
    const others = stops.filter(({ item }) => item !== block);
    if (others[to]) others[to].item.classList.add("falls-before");
    else others.at(-1).item.classList.add("falls-after");
  };
  const end = (pointer) => {
    grip.removeEventListener("pointermove", show);
    removeEventListener("keydown", cancel, true);
    block.classList.remove("dragged");
    for (const { item } of stops) item.classList.remove("falls-before", "falls-after");
    if (pointer.type === "pointerup" && to !== from) move(from, to);
  };
  const cancel = (key) => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    to = from;
    grip.releasePointerCapture(event.pointerId);
  };
  grip.addEventListener("pointermove", show);
  grip.addEventListener("pointerup", end, { once: true });
  grip.addEventListener("lostpointercapture", end, { once: true });
  addEventListener("keydown", cancel, true);
}

function middle(item) {
  const box = item.getBoundingClientRect();
  return box.top + box.height / 2;
}
