"""How fast the studio answers, in a real browser: `python -m benchmarks.studio [SUBSCRIBERS]`.

From the command to the first page, in a browser that is open already and does nothing: until it is painted and loaded;
and how long the first click behind it waits for its page. From a saved article to the new words in the frame, over
forty saves of an issue of ten articles. And every page of a project with 50 articles and 100,000 subscribers, a mailing
to all of them and approvals for four readerships included, each in a studio of its own: until it stands, and until all
that it counts is there. The processor time of a page is the server's own, from /proc: what another program takes away
is not in it.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.commands import COMMAND, write_ten
from benchmarks.large import ARTICLES, make_large
from tests.browser.photographs import ARGUMENTS, CHROMIUM

SAVES, TIMES = 40, 5
#: Seconds for which somebody looks at the first page before going on to the page that is measured.
LOOK = 2
#: Seconds from the first page to the first click.
PAUSES = (0.0, 0.5, 1.0)
_TICKS = os.sysconf("SC_CLK_TCK")

#: Writes down when the mail in the frame is exchanged for a new one.
_WATCH = """() => {
  const frame = document.querySelector('[data-frame] iframe, .frame iframe').parentElement;
  window.exchanges = [];
  new MutationObserver(() => {
    const frames = frame.querySelectorAll('iframe');
    if (frames.length === 1 && !frames[0].classList.contains('arriving') && frames[0] !== window.seen) {
      window.seen = frames[0];
      window.exchanges.push(Date.now());
    }
  }).observe(frame, { childList: true, attributes: true, subtree: true });
}"""


_AWAIT = """before => new Promise((done) => {
  const look = () => window.exchanges.length > before ? done(window.exchanges[before]) : setTimeout(look, 10);
  look();
})"""


@contextmanager
def studio(folder: Path) -> Iterator[tuple[str, int]]:
    """A running `newsletter preview`: the address it prints, and its process."""
    process = subprocess.Popen(
        [*COMMAND, "--project", str(folder), "preview", "--no-open", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield next(word for line in process.stdout for word in line.split() if "token=" in word), process.pid
    finally:
        process.terminate()
        process.wait()


#: Milliseconds of the epoch at which the page was there: words and pictures painted, everything loaded.
_SHOWN = """() => new Promise((done) => {
  const look = () => {
    const [painted] = performance.getEntriesByName('first-contentful-paint');
    const loaded = performance.getEntriesByType('navigation')[0].loadEventEnd;
    if (painted && loaded) done(performance.timeOrigin + Math.max(painted.startTime, loaded));
    else setTimeout(look, 5);
  };
  look();
})"""
#: Milliseconds from the click to the last byte of the page.
_WAITED = "() => performance.getEntriesByType('navigation')[0].responseEnd"


@contextmanager
def quiet_page(browser: Browser) -> Iterator[Page]:
    """An empty tab whose processes have started: a person's browser is open, and waits."""
    with browser.new_context() as context:
        page = context.new_page()
        page.wait_for_timeout(500)
        yield page


def first_page(browser: Browser, folder: Path) -> tuple[float, float]:
    """Seconds from the command to the page, shown, and the processor time of the studio until then; median of five."""
    runs = []
    for _run in range(5):
        with quiet_page(browser) as page:
            started = time.time()
            with studio(folder) as (address, process):
                page.goto(address, wait_until="load")
                busy = processor_seconds(process)
                runs.append((page.evaluate(_SHOWN) / 1000 - started, busy))
    return statistics.median(seconds for seconds, _busy in runs), statistics.median(busy for _seconds, busy in runs)


def first_click(browser: Browser, folder: Path, *, link: str, pause: float) -> float:
    """Seconds that the page behind a link lets one wait, clicked so long after the first page; median of three."""
    waits = []
    for _run in range(3):
        with quiet_page(browser) as page, studio(folder) as (address, _process):
            page.goto(address, wait_until="load")
            page.wait_for_timeout(1000 * pause)
            with page.expect_navigation(wait_until="load"):
                page.locator(f"main a[href='{link}']").first.click()
            waits.append(page.evaluate(_WAITED) / 1000)
    return float(statistics.median(waits))


def saves(browser: Browser, folder: Path, *, view: str) -> tuple[list[float], float]:
    """Seconds from each save of an article to its words in the frame; and the server's processor time of one."""
    article = sorted((folder / "content" / "articles").glob("*.md"))[3]
    text = article.read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    with studio(folder) as (address, process):
        page.goto(address)
        page.goto(address.split("/?")[0] + view)
        page.locator("iframe[data-measured]").wait_for()
        page.evaluate(_WATCH)
        busy = processor_seconds(process)
        times = [_save(page, article, number) for number in range(SAVES + 2)]
        busy = (processor_seconds(process) - busy) / (SAVES + 2)
    page.close()
    article.write_text(text, encoding="utf-8")
    return times[2:], busy


def _save(page: Page, article: Path, number: int) -> float:
    """Give the article another title; wait until the frame was exchanged, and make sure that it says so."""
    title = f"Sauvé {number} fois"
    text = re.sub(r"(?m)^title:.*$", f"title: {title}", article.read_text(encoding="utf-8"))
    page.wait_for_timeout(250)
    before = page.evaluate("window.exchanges.length")
    started = time.time()
    article.write_text(text, encoding="utf-8")
    shown = page.evaluate(_AWAIT, before)
    assert page.frame_locator("iframe:not(.arriving)").first.get_by_text(title).count(), "the frame shows an old mail"
    return float(shown) / 1000 - started


def processor_seconds(process: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Answered(NamedTuple):
    """How long one page took, in seconds."""

    #: Until it stood, the first time; and until it was whole.
    first: float
    whole: float
    #: The median of five more, and the processor time of one of those.
    usual: float
    busy: float


def pages(folder: Path) -> dict[str, Answered]:
    """Address → how long it took, in a studio that was opened anew for it: nobody has been counted for another page."""
    return {path: _page(folder, path) for path in _PATHS}


def _page(folder: Path, path: str) -> Answered:
    with studio(folder) as (address, process):
        opener = build_opener(HTTPCookieProcessor(CookieJar()))
        base = address.split("/?")[0]
        for entrance in (address, f"{base}/?whole=true"):  # as the script of the page does
            _ask(opener, entrance)
        time.sleep(LOOK)
        first, page = _ask(opener, base + path)
        rest = _ask(opener, Request(base + path, headers=_PATIENT))[0] if b"data-rest" in page else 0.0
        busy = processor_seconds(process)
        times = [_ask(opener, base + path)[0] for _time in range(TIMES)]
        return Answered(first, first + rest, statistics.median(times), (processor_seconds(process) - busy) / TIMES)


def _ask(opener: OpenerDirector, address: str | Request) -> tuple[float, bytes]:
    started = time.perf_counter()
    page = opener.open(address).read()
    return time.perf_counter() - started, page


#: As the script of a page asks that stands before everything is counted.
_PATIENT = {"Prefer": "wait=60"}
_ISSUE = "/issues/2023-10-11-dix"
_PATHS = (
    "/",
    "/issues/new",
    f"{_ISSUE}/contents",
    f"{_ISSUE}/contents?block=3",
    f"{_ISSUE}/proof",
    f"{_ISSUE}/proof?drawer=weight",
    f"{_ISSUE}/proof?view=editions",
    f"{_ISSUE}/proof?view=speech",
    f"{_ISSUE}/mail",
    f"{_ISSUE}/approval",
    f"{_ISSUE}/approval?to=benevoles",
    f"{_ISSUE}/mailing",
    f"{_ISSUE}/mailing?to=namur&without=benevoles",
    "/mailings/1",
    "/subscribers",
    "/subscribers?page=900",
    "/subscribers?standing=unsubscribed",
    "/subscribers?words=dupont12",
    "/subscribers?words=h%C3%A9l%C3%A8ne",
    "/subscribers?segment=benevoles",
    "/subscribers?segment=sans-156&words=dupont12",
    "/segments/new",
    "/segments/namur/change",
    "/subscribers/500",
    "/subscribers/new",
    "/imports/new",
    "/places",
    "/uploads",
)


def main() -> None:
    """Measure and print."""
    subscribers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "project"
        subprocess.run([*COMMAND, "init", str(folder)], check=True, capture_output=True)
        write_ten(folder)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        _tell_first(browser, folder)
        for view in ("proof", "contents"):
            _tell_saves(browser, folder, view=view)
        browser.close()
        make_large(folder, subscribers)
        print(f"\n{subscribers:,} subscribers, {ARTICLES} articles: it stands, is whole, {TIMES} times more, processor")
        _tell_pages(folder)


def _tell_first(browser: Browser, folder: Path) -> None:
    first, busy = first_page(browser, folder)
    print(f"from the command to the first page: {first:.2f} s, the studio works {busy:.2f} s", flush=True)
    for link in ("/issues/new", f"{_ISSUE}/contents"):
        waits = [1000 * first_click(browser, folder, link=link, pause=pause) for pause in PAUSES]
        figures = ", ".join(f"{wait:.0f} ms after {pause:g} s" for wait, pause in zip(waits, PAUSES, strict=True))
        print(f"{link:>32}, the first click waits: {figures}", flush=True)


def _tell_saves(browser: Browser, folder: Path, *, view: str) -> None:
    times, busy = saves(browser, folder, view=f"{_ISSUE}/{view}")
    twentieths = [1000 * cut for cut in statistics.quantiles(times, n=20)]
    figures = f"p50 {twentieths[9]:.0f} ms, p95 {twentieths[18]:.0f} ms, best {1000 * min(times):.0f} ms"
    print(f"{view:>8}, saved to shown: {figures}; the studio works {1000 * busy:.0f} ms a save", flush=True)


def _tell_pages(folder: Path) -> None:
    for path, answered in pages(folder).items():
        print(f"{path:>44} ", *(f"{1000 * seconds:5.0f} ms" for seconds in answered))


if __name__ == "__main__":
    main()
