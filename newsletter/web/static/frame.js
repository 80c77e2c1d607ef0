// The sandboxed frame: as tall as its mail, and exchanged for a new one without a blink.
// The mail tells its height to the server (see studio/frame.py), the server tells us.

const PATIENCE = 600; // milliseconds to wait for the height of a new mail before showing it as it is

export class Frame {
  static on(element) {
    return element ? new Frame(element) : null;
  }

  constructor(element) {
    this.shown = element;
    this.next = null;
  }

  measured(ruler, height) {
    for (const frame of [this.shown, this.next]) {
      if (frame?.dataset.ruler === ruler) {
        frame.style.height = `${height}px`;
        frame.dataset.measured = height;
      }
    }
    if (this.next?.dataset.ruler === ruler) this.exchange();
  }

  renew(ruler, mail = "") {
    this.next?.remove();
    const next = this.shown.cloneNode();
    next.dataset.ruler = ruler;
    next.dataset.mail = mail;
    delete next.dataset.measured;
    next.classList.add("arriving");
    next.src = this.shown.getAttribute("src").replace(/ruler=\w+/, `ruler=${ruler}`);
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
  }
}
