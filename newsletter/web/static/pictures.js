// Choosing a picture: among those of the uploads folder, or one from this computer.

export function followPictures(page, { send }) {
  const dialog = document.querySelector("#pictures");
  const mistake = dialog.querySelector(".mistake");
  let target = null;

  page.addEventListener("click", async (event) => {
    const parameter = event.target.closest("[data-pick]")?.closest("[data-parameter]");
    if (!parameter) return;
    const at = parameter.dataset.at;
    target = { act: "set_parameter", block: at === "" ? null : Number(at), name: parameter.dataset.parameter };
    mistake.textContent = "";
    dialog.showModal();
    const answer = await fetch("/uploads");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    dialog.querySelector(".thumbnails").replaceChildren(...fresh.body.children);
  });
  dialog.addEventListener("click", (event) => {
    const picture = event.target.closest("[data-picture]");
    if (picture) choose(picture.dataset.picture);
  });
  dialog.addEventListener("change", async (event) => {
    const file = event.target.files?.[0];
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    const answer = await fetch("/uploads", { method: "POST", body: form });
    const said = await answer.json();
    event.target.value = "";
    if (answer.ok) choose(said.source);
    else mistake.textContent = said.sentence;
  });

  function choose(source) {
    dialog.close();
    send({ ...target, value: source });
  }
}
