// The sandboxed frame: as tall as its mail, and exchanged for a new one without a blink.
// The mail tells its height to the server (see studio/frame.py), the server tells us; and how far down its outlined
// block is, where it has one.

const PATIENCE = 600; // milliseconds to wait for the height of a new mail before showing it as it is

export const framesOf = (page) => [...page.querySelectorAll("iframe[data-ruler]")];
const rulerIn = (source) => /ruler=(\w+)/.exec(source)?.[1];
const rulerOf = (frame) => rulerIn(frame.getAttribute("src"));
const mailOf = (frame) => frame.getAttribute("src").replace(/&?ruler=\w+/, "");

export class Frame {
  static on(element) {
    return element ? new Frame(element) : null;
  }

  constructor(element) {
    this.shown = element;
    this.next = null;
    this.sought = element.parentElement.dataset.block; // the block to scroll to, once it is known where it is
  }

  measured(ruler, height) {
    for (const frame of [this.shown, this.next]) {
      if (!frame) continue;
      if (ruler === rulerOf(frame)) {
        frame.style.height = `${height}px`;
        frame.dataset.measured = height;
      }
      if (ruler === `${rulerOf(frame)}-top`) frame.dataset.top = height;
    }
    if (this.next && ruler === rulerOf(this.next)) this.exchange();
    else this.seek();
  }

  // Takes what a fresh page says of this frame; the mail is loaded again when it is another, or its files have changed.
  follow(fresh, changed) {
    const holder = this.shown.parentElement;
    if (holder.dataset.block !== fresh.parentElement.dataset.block) this.sought = fresh.parentElement.dataset.block;
    Object.assign(holder.dataset, fresh.parentElement.dataset);
    this.shown.width = fresh.width;
    if (changed || mailOf(this.shown) !== mailOf(fresh)) this.load(fresh.getAttribute("src"));
    else this.seek();
  }

  // The same mail again, as `mail` says: its version, for a page that knows it.
  renew(ruler, mail = "") {
    this.load(this.shown.getAttribute("src").replace(/ruler=\w+/, `ruler=${ruler}`), mail);
  }

  load(source, mail = "") {
    this.next?.remove();
    const next = this.shown.cloneNode();
    next.dataset.ruler = rulerIn(source);
    next.dataset.mail = mail;
    delete next.dataset.measured;
    delete next.dataset.top;
    next.classList.add("arriving");
    next.src = source;
    next.addEventListener("load", () => setTimeout(() => this.next === next && this.exchange(), PATIENCE));
    this.next = next;
    this.shown.after(next);
  }

  exchange() {
    const old = this.shown;
    this.shown = this.next;
    this.next = null;
    this.shown.classList.remove("arriving");
    old.remove();
    this.seek();
  }

  // Scrolls the desk to the outlined block, once for each time it is chosen: a saved file moves nothing.
  seek() {
    const { top, measured } = this.shown.dataset;
    if (!Number(this.sought) || this.next || !top || !measured) return;
    this.sought = "";
    const desk = this.shown.closest(".desk");
    const start = this.shown.getBoundingClientRect().top - desk.getBoundingClientRect().top + desk.scrollTop;
    desk.scrollTop = start + Number(top) - 64;
  }
}
