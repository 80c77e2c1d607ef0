// A field that offers people while one types: data-people is where to ask, its list the datalist that shows them.
// The last of several addresses is the one that is being typed.

const PAUSE = 150; // milliseconds without a key before asking

export function followSuggestions() {
  let waiting;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset?.people || event.inputType === "insertReplacementText" || !event.inputType) return; // it was chosen
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(field), PAUSE);
  });
}

async function suggest(field) {
  const typed = field.value;
  const words = typed.split(/[,;]\s*/).at(-1);
  const before = typed.slice(0, typed.length - words.length);
  const address = new URL(field.dataset.people, location);
  address.searchParams.set("words", words);
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok || field.value !== typed) return;
  const people = await answer.json();
  field.list.replaceChildren(...people.map(({ email, name }) => new Option(name ? `${before}${name}` : "", before + email)));
}
