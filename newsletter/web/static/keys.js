// The keyboard of the studio. An element says its key: data-key="b" (a single letter, outside fields, can be switched
// off), data-key="alt+1", data-key="ctrl+z". The press is a click, or the focus on a field. F6 goes from zone to zone.

const OFF = "studio-letters-off";

export function listenToKeys() {
  const dialog = document.querySelector("#keys");
  const letters = dialog?.querySelector("[data-letters]");
  if (letters) {
    letters.checked = !localStorage.getItem(OFF);
    letters.addEventListener("change", () => {
      if (letters.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    });
  }
  document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", onKey);
}

export function inField(target) {
  return Boolean(target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]"));
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "F6") return toNextZone(event);
  const name = nameOf(event);
  const single = !name.includes("+");
  if (single && (inField(event.target) || localStorage.getItem(OFF))) return;
  if (inField(event.target) && /^ctrl\+(shift\+)?z$/.test(name)) return; // the field has its own memory
  const target = document.querySelector(`[data-key="${CSS.escape(name)}"]`);
  if (!target || target.disabled) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
}

function nameOf(event) {
  const digit = /^Digit(\d)$/.exec(event.code); // Alt+1 writes another sign on some keyboards
  const key = event.altKey && digit ? digit[1] : event.key.toLowerCase();
  const shift = event.shiftKey && (event.ctrlKey || event.metaKey);
  return [(event.ctrlKey || event.metaKey) && "ctrl", event.altKey && "alt", shift && "shift", key].filter(Boolean).join("+");
}

function toNextZone(event) {
  const zones = [...document.querySelectorAll("[data-zone]")].filter((zone) => zone.offsetParent !== null);
  if (!zones.length) return;
  event.preventDefault();
  const here = zones.findIndex((zone) => zone.contains(document.activeElement));
  const step = event.shiftKey ? -1 : 1;
  zones[(here + step + zones.length) % zones.length].focus();
}
