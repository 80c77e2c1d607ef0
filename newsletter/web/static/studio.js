// What every page of the studio does: the theme, the keys, and the places that renew themselves when a file is saved.
// The pages can be read without this script.

import { followChanges } from "./live.js";
import { listenToKeys } from "./keys.js";
import { followPalette } from "./palette.js";
import { followSuggestions } from "./suggest.js";

document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

// A menu closes when one chooses, or goes elsewhere.
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu > div :is(a, button)")) menu.open = false;
  }
});

// Escape closes it too, and gives the focus back to what opened it.
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu || document.querySelector("dialog[open]")) return;
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
});

// A form that only chooses a view needs no button: what it chooses is shown at once.
for (const form of document.querySelectorAll("form[data-view]")) {
  form.querySelector("button").remove();
  // Its fields may stand anywhere on the page.
  document.addEventListener("change", (event) => {
    if (event.target.form !== form) return;
    const chosen = `?${new URLSearchParams(new FormData(form))}`;
    dispatchEvent(new CustomEvent("studio:view", { detail: chosen }));
  });
}

listenToKeys();
followPalette();
followSuggestions();
if (document.querySelector("[data-live]") && !document.querySelector("[data-own-live]")) followChanges();
