// The list of articles: filtered by words and category, both kept in the address.

import { plain } from "./palette.js";

export function followSearch(page) {
  const search = page.querySelector("#search");
  const category = page.querySelector("#category");
  const kept = new URLSearchParams(location.search);
  search.value = kept.get("q") ?? "";
  category.value = kept.get("category") ?? "";
  const filter = () => show(page, search.value, category.value);
  for (const field of [search, category]) {
    field.addEventListener("input", () => {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of [["q", search.value], ["category", category.value]]) {
        if (value) query.set(name, value);
        else query.delete(name);
      }
      history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
      filter();
    });
  }
  search.addEventListener("keydown", (event) => {
    const only = page.querySelectorAll("article.article:not([hidden]) [data-take]");
    if (event.key === "Enter" && only.length === 1) only[0].click();
  });
  page.addEventListener("renewed", filter);
  filter();
}

function show(page, typed, category) {
  const wanted = plain(typed).split(/\s+/).filter(Boolean);
  const articles = [...page.querySelectorAll("article.article")];
  for (const article of articles) {
    const words = plain(article.dataset.words);
    article.hidden = !wanted.every((word) => words.includes(word)) || (category && article.dataset.category !== category);
  }
  const shown = articles.filter((article) => !article.hidden).length;
  tellCount(page.querySelector("[data-shown]"), shown, articles.length);
  const nothing = page.querySelector("[data-nothing]");
  nothing.hidden = !articles.length || shown > 0;
  if (nothing.hidden) return;
  const near = nearest(plain(typed).trim(), articles.flatMap((article) => article.dataset.words.split(/[^\p{L}]+/u)));
  const { sentence, suggestion } = nothing.dataset;
  nothing.textContent = [sentence.replace("{words}", typed), near && suggestion.replace("{word}", near)].filter(Boolean).join(" ");
}

// « 3 sur 18 » while some are hidden, in the place of what the studio says of them all.
function tellCount(place, shown, all) {
  place.textContent = place.dataset.shown.replace("{shown}", shown).replace("{n}", all);
  place.hidden = shown === all;
  place.previousElementSibling.hidden = !place.hidden;
}

// The word at the smallest distance of letters, when it is near enough to be a slip.
function nearest(typed, words) {
  const close = words.filter((word) => word.length > 3).map((word) => [distance(typed, plain(word)), word.toLowerCase()]);
  const [far, word] = close.sort((one, other) => one[0] - other[0])[0] ?? [Infinity, ""];
  return far <= Math.max(1, typed.length / 3) ? word : "";
}

function distance(one, other) {
  let row = [...Array(other.length + 1).keys()];
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length];
}
