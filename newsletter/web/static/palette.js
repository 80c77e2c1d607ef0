// Ctrl K: go to an issue or a page by a few letters of its name. The list is read from the server when first asked.

export function followPalette() {
  const dialog = document.querySelector("#palette");
  if (!dialog) return;
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  let listed = Promise.resolve();
  document.querySelector("[data-palette]")?.addEventListener("click", () => {
    dialog.showModal();
    field.value = "";
    listed = read();
  });

  async function read() {
    const answer = await fetch("/places").catch(() => null);
    if (answer?.ok) list.replaceChildren(...parse(await answer.text()));
    filter(list, field.value);
  }

  field.addEventListener("input", () => filter(list, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(list, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      listed.then(() => list.querySelector(".chosen a")?.click()); // a quick hand is ahead of the list
    }
  });
}

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelectorAll("li");
}

function shown(list) {
  return [...list.children].filter((item) => !item.hidden);
}

function filter(list, words) {
  const wanted = plain(words).split(/\s+/);
  for (const item of list.children) {
    if (item.matches("[data-search]")) {
      look(item, words.trim());
      continue;
    }
    const name = plain(item.textContent);
    item.hidden = !wanted.every((word) => name.includes(word));
    item.classList.remove("chosen");
  }
  shown(list)[0]?.classList.add("chosen");
}

// The last line looks for a person: whoever is on a list has no line of their own.
function look(item, words) {
  const link = item.querySelector("a");
  item.hidden = !words;
  item.classList.remove("chosen");
  link.search = new URLSearchParams({ words });
  link.textContent = link.dataset.sentence.replace("{words}", words);
}

function choose(list, step) {
  const items = shown(list);
  const here = items.findIndex((item) => item.classList.contains("chosen"));
  items[here]?.classList.remove("chosen");
  const next = items[(here + step + items.length) % items.length];
  next?.classList.add("chosen");
  next?.scrollIntoView({ block: "nearest" });
}

export function plain(words) {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
