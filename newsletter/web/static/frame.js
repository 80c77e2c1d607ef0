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

  // Takes what a fresh page says of this frame; the mail is loaded when it is another.
  follow(fresh) {
    const holder = this.shown.parentElement;
    if (holder.dataset.block !== fresh.parentElement.dataset.block) this.sought = fresh.parentElement.dataset.block;
    Object.assign(holder.dataset, fresh.parentElement.dataset);
    this.shown.width = fresh.width;
    if (mailOf(this.next ?? this.shown) !== mailOf(fresh)) this.load(fresh.getAttribute("src"));
    else this.seek();
  }

  // Version of the mail that is shown, or on its way.
  get mail() {
    return (this.next ?? this.shown).dataset.mail;
  }

  set mail(version) {
    (this.next ?? this.shown).dataset.mail = version;
  }

  // The same mail again, as `mail` says: its version, for a page that knows it. Resolves once the new one is seen.
  renew(mail = "") {
    const ruler = crypto.randomUUID().replaceAll("-", "");
    this.load(this.shown.getAttribute("src").replace(/ruler=\w+/, `ruler=${ruler}`), mail);
    return new Promise((done) => { this.seen = done; });
  }

  load(source, mail = "") {
    this.next?.remove();
    this.seen?.(); // whoever waited for that one need not any more
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
    this.seen?.();
  }

  // Scrolls the desk, or the page that has none, to the outlined block, once for each time it is chosen: a saved file
  // moves nothing.
  seek() {
    const { top, measured } = this.shown.dataset;
    if (!Number(this.sought) || this.next || !top || !measured) return;
    this.sought = "";
    const desk = this.shown.closest(".desk");
    const edge = desk ? desk.getBoundingClientRect().top + 64 : innerHeight / 4;
    (desk ?? document.scrollingElement).scrollTop += this.shown.getBoundingClientRect().top + Number(top) - edge;
  }
}
