// What was just done, and its « Défaire »: eight seconds, longer while one is on it. Never for an error.

const SECONDS = 8;

export function toast(sentence, { undo } = {}) {
  const place = document.querySelector(".toasts");
  place.replaceChildren();
  const note = document.querySelector("#toast").content.cloneNode(true).firstElementChild;
  note.querySelector("p").textContent = sentence;
  const button = note.querySelector("button");
  if (undo) button.addEventListener("click", () => { note.remove(); undo(); });
  else button.remove();
  let left = SECONDS;
  const tick = setInterval(() => {
    if (!note.isConnected) return clearInterval(tick);
    if (!note.matches(":hover, :focus-within") && --left <= 0) note.remove();
  }, 1000);
  place.append(note);
}
