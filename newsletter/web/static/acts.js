// What the composing page sends: one act after the other, each on the version of the file that the page knows.
// A refused act keeps the person's words in the page; when the file changed elsewhere, both versions are shown.

export class Acts {
  constructor({ page, words, renew }) {
    this.page = page;
    this.words = words;
    this.renew = renew;
    this.before = this.current = page.querySelector("[data-version]").dataset.version;
    this.serial = 0; // of what was sent and answered: a page asked for before is old
    this.savedAt = 0; // milliseconds of the epoch
    this.queue = Promise.resolve();
    this.waiting = 0;
    this.place = page.querySelector("[data-conflict]");
    this.saved = document.querySelector("[data-saved]");
  }

  get version() {
    return this.current;
  }

  set version(version) {
    if (version === this.current) return;
    this.before = this.current;
    this.current = version;
  }

  get busy() {
    return this.waiting > 0;
  }

  settled() {
    return this.queue;
  }

  send(edit, { field } = {}) {
    return this.enqueue("edits", () => ({ version: this.current, edit }), { edit, field });
  }

  step(step) {
    return this.enqueue("steps", () => ({ version: this.current, step }), {});
  }

  enqueue(path, content, about) {
    this.waiting += 1;
    const done = this.queue.then(() => this.post(path, content(), about)).finally(() => { this.waiting -= 1; });
    this.queue = done.catch(() => false);
    return this.queue;
  }

  async post(path, content, { edit, field }) {
    this.saved.textContent = this.words.saving;
    this.serial += 1;
    const answer = await fetch(`/issues/${this.page.dataset.issue}/${path}`, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(content),
    }).catch(() => null);
    this.serial += 1;
    if (!answer) return this.fail(this.words.gone, { edit, field });
    const said = await answer.json().catch(() => ({ sentence: this.words.unsaved }));
    if (answer.ok) return this.succeed(said, { edit, field });
    if (answer.status === 409) return this.conflict(said, { edit, field });
    return this.fail(said.sentence ?? this.words.unsaved, { edit, field });
  }

  async succeed(said, { edit, field }) {
    this.version = said.version;
    this.before = said.version;
    this.savedAt = Date.now();
    this.saved.textContent = said.saved;
    this.mark(field, "");
    if (field?.matches("[data-save]")) field.defaultValue = edit.value;
    this.place.replaceChildren();
    if (this.waiting === 1) await this.renew({ own: true }); // the last of several brings the page
    return true;
  }

  // The sentence stands at its field when there is one; a full disk, or a studio that has stopped, above the issue.
  fail(sentence, { edit, field }) {
    this.saved.textContent = "";
    const mistake = field?.closest(".field")?.querySelector(".mistake");
    this.mark(field, mistake ? sentence : "");
    const notice = document.querySelector("#unsaved").content.cloneNode(true);
    notice.querySelector("[data-sentence]").textContent = sentence;
    notice.querySelector("[data-again]").addEventListener("click", () => this.send(edit, { field }));
    this.place.replaceChildren(notice);
    if (!field) notice.querySelector?.("[data-again]")?.remove();
    return false;
  }

  mark(field, sentence) {
    const box = field?.closest(".field");
    if (!box) return;
    box.classList.toggle("bad", Boolean(sentence));
    const mistake = box.querySelector(".mistake");
    if (mistake) mistake.textContent = sentence;
    if (sentence) field.dataset.refused = "";
    else delete field.dataset.refused;
  }

  async conflict(said, { edit, field }) {
    this.saved.textContent = "";
    const known = this.current;
    if (!field || field.type === "checkbox") {
      this.version = said.version;
      await this.renew({ own: true });
      const { toast } = await import("./toast.js");
      toast(this.words.old);
      return false;
    }
    field.dataset.refused = "";
    const notice = document.querySelector("#conflict").content.cloneNode(true);
    const set = (name, text) => { notice.querySelector(`[data-${name}]`).textContent = text; };
    set("sentence", said.sentence);
    set("mine-at", said.mine_at);
    set("mine", field.value);
    set("theirs-at", said.theirs_at);
    set("theirs", said.theirs);
    notice.querySelector("[data-keep]").addEventListener("click", () => this.keep(said.version, { edit, field }));
    notice.querySelector("[data-take-theirs]").addEventListener("click", () => this.take(said.version, field));
    notice.querySelector("[data-compare]").addEventListener("click", () => this.compare(known));
    this.place.replaceChildren(notice);
    return false;
  }

  async keep(version, { edit, field }) {
    this.version = version;
    await this.send({ ...edit, value: field.value }, { field });
  }

  async take(version, field) {
    await this.settled(); // leaving the field has sent it once more
    this.version = version;
    field.value = field.defaultValue;
    delete field.dataset.refused;
    this.place.replaceChildren();
    await this.renew({ own: true });
  }

  async compare(known) {
    const dialog = document.querySelector("#differences");
    const answer = await fetch(`/issues/${this.page.dataset.issue}/differences?version=${known}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    dialog.querySelector(":scope > div").replaceChildren(...fresh.body.childNodes);
    dialog.showModal();
  }
}
