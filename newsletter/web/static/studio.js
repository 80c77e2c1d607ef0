// The studio's page: the theme, the keys, and the proof that renews itself when a file is saved.
// The page works without this script, except for renewing itself.

import { followChanges } from "./live.js";

document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

// 1 2 3: the width; B: the drawer. Single letters, so never inside a field.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (/^[a-z0-9]$/i.test(event.key)) document.querySelector(`[data-key="${event.key.toLowerCase()}"]`)?.click();
});

if (document.querySelector("[data-live]")) followChanges();
