// The page of a mailing follows it: each place is renewed when it changes; once a minute a screen reader is told.

import { isPart, renew } from "./live.js";

const page = document.querySelector("[data-mailing]");
const said = document.querySelector("[data-said]");
const stream = new EventSource(`/mailings/${page.dataset.mailing}/events`);
let told = Date.now();

stream.addEventListener("moved", (event) => {
  const fresh = new DOMParser().parseFromString(event.data, "text/html");
  for (const next of fresh.querySelectorAll("[data-live]")) {
    const place = document.querySelector(`[data-live="${next.dataset.live}"]`);
    if (!place || place.innerHTML === next.innerHTML) continue;
    if (isWritten(place, next)) continue;
    const key = place.contains(document.activeElement) && document.activeElement.closest("form")?.getAttribute("action");
    place.replaceChildren(...next.childNodes);
    if (key) place.querySelector(`form[action="${key}"] button`)?.focus();
  }
  if (Date.now() - told < 60000) return;
  told = Date.now();
  said.textContent = document.querySelector("h1").textContent;
});
addEventListener("pagehide", () => stream.close());
if (isPart()) renew([], { patient: true });

// Somebody is writing in an opened fold: as long as it has a place in the fresh page, only its label follows.
function isWritten(place, next) {
  const [open, label] = [place.querySelector("details[open]"), next.querySelector("details label")];
  if (open && label) open.querySelector("label").textContent = label.textContent;
  return Boolean(open && label);
}
