// Keeps an open page up to date: new words into the places marked data-live, a new mail into the frame.
// The desk scrolls, not the frame: the new mail takes the place of the old one under the reader's eyes.

import { Frame } from "./frame.js";

export function followChanges() {
  const frame = Frame.on(document.querySelector("iframe[data-ruler]"));
  const stream = new EventSource("/events");
  let missed = false;
  stream.addEventListener("height", (event) => frame?.measured(...event.data.split(" ")));
  stream.addEventListener("changed", () => renew(frame));
  stream.addEventListener("error", () => { missed = true; });
  stream.addEventListener("hello", () => {
    if (missed) renew(frame);
    missed = false;
  });
  addEventListener("pagehide", () => stream.close());
}

async function renew(frame) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!sameShape(fresh)) return location.reload();
  for (const place of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${place.dataset.live}"]`);
    if (place.innerHTML !== next.innerHTML) place.replaceChildren(...next.childNodes);
  }
  frame?.renew(fresh.querySelector("iframe[data-ruler]").dataset.ruler);
}

// An error page became a proof, or the other way round: only a whole new page will do.
function sameShape(fresh) {
  const shape = (page) => [...page.querySelectorAll("[data-live], iframe[data-ruler], [data-frame]")]
    .map((node) => node.dataset.live ?? node.nodeName).join();
  return shape(fresh) === shape(document);
}
