// Sommaire: every change is saved at once, the page then shows what the file says. See acts.js for what is sent.

import { Acts } from "./acts.js";
import { followBlocks } from "./blocks.js";
import { Frame } from "./frame.js";
import { ask, isPart } from "./live.js";
import { followPictures } from "./pictures.js";
import { followSearch } from "./search.js";
import { toast } from "./toast.js";

const PAUSE = 600; // milliseconds without a key before a text is saved
const OWN = 1000; // milliseconds in which a saved file is taken for the one that was saved here
const page = document.querySelector("main.contents");
const words = document.querySelector("[data-words]:not(article)").dataset;
const frame = Frame.on(document.querySelector("iframe[data-ruler]"));
const acts = new Acts({ page, words, renew });
let address = location.search;

// --- what is typed ------------------------------------------------------------------------------------------

const pauses = new WeakMap();

export function editOf(field) {
  const parameter = field.closest("[data-parameter]");
  const value = field.type === "checkbox" ? String(field.checked) : field.value;
  if (field.closest("[data-body]")) return { act: "set_body", value };
  if (parameter) {
    const at = parameter.dataset.at;
    return { act: "set_parameter", block: at === "" ? null : Number(at), name: parameter.dataset.parameter, value };
  }
  const name = field.closest("[data-field]")?.dataset.field;
  return name ? { act: "set_field", name, value } : null;
}

page.addEventListener("input", (event) => {
  const field = event.target;
  const count = document.querySelector(`[data-count="${field.id}"]`);
  if (count) count.textContent = field.value.trim().length;
  if (!field.matches("[data-save]")) return;
  clearTimeout(pauses.get(field));
  pauses.set(field, setTimeout(() => save(field), PAUSE));
});
page.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-kind]")) return send({ act: "set_kind", block: blockOf(field), kind: field.value });
  if (!field.matches("[data-upload]")) save(field);
});
page.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("textarea[data-line]")) event.preventDefault();
});

async function save(field) {
  clearTimeout(pauses.get(field));
  const edit = editOf(field);
  if (!edit || (field.matches("[data-save]") && field.value === field.defaultValue)) return;
  await acts.send(edit, { field });
}

function dirty() {
  return [...page.querySelectorAll("[data-save]")].filter((field) => field.value !== field.defaultValue);
}

addEventListener("beforeunload", (event) => {
  const waiting = dirty();
  for (const field of waiting) save(field);
  if (waiting.length || acts.busy) event.preventDefault();
});

// --- what is clicked ----------------------------------------------------------------------------------------

export function blockOf(element) {
  const block = element.closest("[data-block]");
  return block ? Number(block.dataset.block) : null;
}

async function send(edit, options) {
  for (const field of dirty()) await save(field);
  return acts.send(edit, options);
}

const step = (by) => acts.step(by).then((done) => done && toast(by < 0 ? words.undone : words.redone));

page.addEventListener("click", async (event) => {
  const on = (name) => event.target.closest(`[data-${name}]`);
  if (on("take")) return send({ act: "add_block", article: on("take").dataset.take });
  if (on("add")) return addBlock(on("add").dataset.add);
  if (on("move")) return move(blockOf(event.target), Number(on("move").dataset.move));
  if (on("remove")) return remove(blockOf(event.target));
  if (on("inherit")) {
    const { parameter, at } = on("parameter").dataset;
    return send({ act: "set_parameter", block: at === "" ? null : Number(at), name: parameter, value: null });
  }
  if (on("open")) {
    event.preventDefault();
    return open(on("open").getAttribute("href"), on("open").id);
  }
});
document.querySelector(".steps").addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (button) step(Number(button.dataset.step));
});

async function addBlock(kind) {
  const done = await send({ act: "add_block", kind });
  const last = [...page.querySelectorAll("[data-block]")].at(-1);
  if (done && last) open(`?block=${Number(last.dataset.block) + 1}`);
}

async function move(block, to) {
  if (to < 0 || to >= page.querySelectorAll("[data-block]").length) return;
  const opened = new URLSearchParams(location.search).get("block");
  if (opened === String(block + 1)) setAddress(`?block=${to + 1}`);
  if (await send({ act: "move_block", block, to })) page.querySelector(`#block-${to}`)?.focus();
}

async function remove(block) {
  const sentence = page.querySelector(`[data-block="${block}"] [data-remove]`).dataset.sentence;
  if (new URLSearchParams(location.search).get("block") === String(block + 1)) setAddress("?");
  if (!(await send({ act: "remove_block", block }))) return;
  toast(sentence, { undo: () => step(-1) });
  (page.querySelector(`#block-${block}`) ?? page.querySelector(`#block-${block - 1}`))?.focus();
}

async function open(href, id) {
  for (const field of dirty()) await save(field);
  await acts.settled();
  setAddress(href);
  await renew({ own: true });
  const opened = page.querySelector(".block.open");
  opened?.scrollIntoView({ block: "nearest" });
  if (id) document.getElementById(id)?.focus();
  else opened?.querySelector(".parameters :is(input, textarea)")?.focus();
}

function setAddress(href) {
  address = href === "?" ? "" : href;
  history.replaceState(null, "", `${page.dataset.here}${address}`);
}

// --- what the file says -------------------------------------------------------------------------------------

async function renew({ own = false, seen = false, patient = false } = {}) {
  const serial = acts.serial;
  const answer = await ask(location.href, { patient }).catch(() => null);
  if (!answer) return;
  const html = await answer.text();
  if (acts.serial !== serial || (acts.busy && !own)) return; // the act under way brings a newer page
  const fresh = new DOMParser().parseFromString(html, "text/html");
  if (!answer.ok) return tellBroken(fresh);
  const version = fresh.querySelector("[data-version]")?.dataset.version;
  const elsewhere = version !== acts.version;
  const refused = elsewhere && dirty().length > 0; // what is being typed will be, and both shown
  if (!refused) acts.version = version;
  for (const place of document.querySelectorAll("[data-live]")) renewPlace(place, fresh);
  const mail = fresh.querySelector("iframe[data-ruler]");
  if (Boolean(mail) !== Boolean(frame) && !dirty().length) return location.reload();
  if (mail && frame && seen) frame.mail = mail.dataset.mail;
  else if (mail && frame && mail.dataset.mail !== frame.mail) frame.renew(mail.dataset.mail);
  page.querySelector("[data-conflict] [data-broken]")?.remove();
  if (elsewhere && !refused) tellElsewhere();
  page.dispatchEvent(new Event("renewed"));
  if (!patient && isPart()) renew({ patient: true });
}

// A place that one is writing in waits until one leaves it; its other fields take what the file says.
function renewPlace(place, fresh) {
  const next = fresh.querySelector(`[data-live="${place.dataset.live}"]`);
  if (!next || place.innerHTML === next.innerHTML) return;
  const active = document.activeElement;
  const writing = place.contains(active) && active.matches("[data-save]");
  if (writing || [...place.querySelectorAll("[data-save]")].some((field) => field.value !== field.defaultValue)) {
    active.addEventListener("blur", () => setTimeout(() => renew(), PAUSE), { once: true });
    for (const field of place.querySelectorAll("[data-save]")) adopt(field, next.querySelector(`#${field.id}`));
    return;
  }
  const menus = [...place.querySelectorAll("details[open]")].map((one) => one.id);
  place.replaceChildren(...next.childNodes);
  for (const id of menus) if (id && document.getElementById(id)) document.getElementById(id).open = true;
  if (active.id && !active.isConnected) document.getElementById(active.id)?.focus({ preventScroll: true });
}

function adopt(field, next) {
  if (!next || field.value !== field.defaultValue || same(field.value, next.value)) return;
  field.value = next.value;
  field.defaultValue = next.value;
}

function same(one, other) {
  const bare = (text) => text.split(/\s+/).join(" ").trim();
  return bare(one) === bare(other);
}

// The file cannot be read just now: its error is shown, and the page stays as it was.
function tellBroken(fresh) {
  const notice = document.querySelector("#unsaved").content.cloneNode(true);
  const said = [...fresh.querySelectorAll("main :is(h1, code, .lede)")].map((one) => one.textContent.trim());
  notice.querySelector("[data-sentence]").textContent = [...new Set(said)].join(" · ");
  notice.firstElementChild.dataset.broken = "";
  notice.querySelector("[data-again]").addEventListener("click", () => renew());
  page.querySelector("[data-conflict]").replaceChildren(notice);
}

function tellElsewhere() {
  const place = page.querySelector("[data-conflict]");
  if (place.querySelector("[data-keep]")) return;
  place.replaceChildren(document.querySelector("#elsewhere").content.cloneNode(true));
  place.querySelector("[data-dismiss]").addEventListener("click", () => place.replaceChildren());
  const known = acts.before;
  place.querySelector("[data-compare]").addEventListener("click", () => acts.compare(known));
}

const stream = new EventSource("/events");
let missed = false;
stream.addEventListener("height", (event) => frame?.measured(...event.data.split(" ")));
stream.addEventListener("changed", async () => {
  await acts.settled();
  const serial = acts.serial;
  // What another program saved is seen in the frame first; what was saved here has been seen already.
  const seen = Boolean(frame) && Date.now() - acts.savedAt > OWN;
  if (seen) await frame.renew();
  renew({ seen: seen && acts.serial === serial });
});
stream.addEventListener("error", () => { missed = true; });
stream.addEventListener("hello", (event) => {
  // A file that was saved after this page was asked for, and before the stream was open, was told to nobody here.
  if (missed || Number(event.data) >= performance.timeOrigin) acts.settled().then(() => renew());
  missed = false;
});
addEventListener("pagehide", () => stream.close());

page.inert = false;
page.querySelector(".block.open")?.scrollIntoView({ block: "nearest" });
if (location.hash) document.getElementById(location.hash.slice(1))?.focus(); // a remark sent one here to write
followBlocks(page, { move, remove });
followPictures(page, { send });
followSearch(page);
if (isPart()) renew({ patient: true });
