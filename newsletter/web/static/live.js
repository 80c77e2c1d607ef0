// Keeps an open page up to date: new words into the places marked data-live, a new mail into the frame.
// The desk scrolls, not the frame: the new mail takes the place of the old one under the reader's eyes.
// A link marked data-stay changes the view in the same way, without leaving the page.

import { Frame, framesOf } from "./frame.js";

export function followChanges() {
  const frames = framesOf(document).map((element) => new Frame(element));
  const stream = new EventSource("/events");
  let missed = false;
  stream.addEventListener("height", (event) => frames.forEach((frame) => frame.measured(...event.data.split(" "))));
  stream.addEventListener("changed", () => show(frames));
  stream.addEventListener("error", () => { missed = true; });
  stream.addEventListener("hello", (event) => {
    // A file that was saved after this page was asked for, and before the stream was open, was told to nobody here.
    if (missed || Number(event.data) >= performance.timeOrigin) show(frames);
    missed = false;
  });
  // A page that stands before everything is known has a link to the rest.
  if (isPart()) addEventListener("load", () => renew(frames, { patient: true }));
  addEventListener("pagehide", () => stream.close());
  addEventListener("popstate", () => renew(frames));
  addEventListener("studio:view", (event) => {
    history.replaceState(null, "", event.detail);
    renew(frames);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-stay]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    renew(frames);
  });
}

// A file was saved: its words are seen in the frame first, what the page says of them comes after.
async function show(frames) {
  await Promise.all(frames.map((frame) => frame.renew()));
  renew(frames);
}

export async function renew(frames, { patient = false } = {}) {
  const here = location.href;
  const address = document.querySelector("[data-rest]")?.href ?? here;
  const answer = await ask(address, { patient });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (here !== location.href) return; // somebody has gone on meanwhile
  if (!sameShape(fresh)) return address === here ? location.reload() : location.replace(address);
  document.body.className = fresh.body.className;
  for (const place of document.querySelectorAll("[data-live]")) {
    replace(place, fresh.querySelector(`[data-live="${place.dataset.live}"]`));
  }
  framesOf(fresh).forEach((element, number) => frames[number].follow(element));
  if (!patient && isPart()) renew(frames, { patient: true });
}

export const isPart = () => Boolean(document.querySelector("[data-rest]"));

// A page, at once; or whole, whatever it takes.
export function ask(address, { patient = false } = {}) {
  return fetch(address, { headers: { Accept: "text/html", ...(patient && { Prefer: "wait=60" }) } });
}

// What somebody is writing stays; the focus stays where it was.
function replace(place, next) {
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  if (place.innerHTML === next.innerHTML || focused?.matches("input:not([type=radio], [type=checkbox]), textarea")) return;
  const reachable = () => [...place.querySelectorAll("a[href]:not([hidden]), button, input, select, textarea, summary")];
  const number = reachable().indexOf(focused);
  place.replaceChildren(...next.childNodes);
  if (number >= 0) reachable()[number]?.focus({ preventScroll: true });
}

// An error page became a proof, or the other way round: only a whole new page will do.
function sameShape(fresh) {
  const shape = (page) => [...page.querySelectorAll("[data-live], iframe[data-ruler]:not(.arriving), [data-frame]")]
    .map((node) => node.dataset.live ?? node.nodeName).join();
  return shape(fresh) === shape(document);
}
