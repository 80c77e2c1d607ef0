"""How fast the studio answers, in a real browser: `python -m benchmarks.studio [SUBSCRIBERS]`.

From the command to the first page, in a browser that is open already and does nothing: until it is painted and loaded;
and how long the first click behind it waits for its page. From a saved article to the new words in the frame, over
forty saves of an issue of ten articles. And every page of a project with 50 articles and 100,000 subscribers, a mailing
to all of them included, once its first page was seen whole. The processor time of a page is the server's own, from
/proc: what another program takes away is not in it.
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
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.commands import COMMAND, write_ten
from newsletter.model import MailingState
from newsletter.project import Orders, Project
from tests.browser.photographs import ARGUMENTS, CHROMIUM

ARTICLES, SAVES, TIMES = 50, 40, 5
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


def make_large(folder: Path, subscribers: int) -> Project:
    """50 articles; an issue of ten, approved; its mailing to all, paused."""
    for number in range(ARTICLES - len(list((folder / "content/articles").glob("*.md")))):
        day = datetime(2023, 9, 1, tzinfo=UTC) + timedelta(hours=number)
        head = f"title: L’atelier numéro {number}\ndate: {day:%Y-%m-%dT%H:%M:%SZ}\ndescription: On y répare.\n"
        body = "Au bord de la rivière, l’atelier ouvre à l’aube. On y échange des graines.\n\n" * 8
        (folder / f"content/articles/2023-09-atelier-{number}.md").write_text(f"---\n{head}---\n{body}", "utf-8")
    members = folder / "content/grande-liste.csv"
    members.write_text("\n".join(["Courriel;Prénom;Nom;Étiquettes;Ville", *map(_member, range(subscribers))]), "utf-8")
    (folder / "segments.toml").write_text(_SEGMENTS, encoding="utf-8")
    project = Project.open(folder)
    project.import_subscribers(members, list_id="members", consent="Bulletin d’adhésion")
    for name in ("156", "dix"):
        issue = project.issue(name)
        project.approve(issue, by="Hélène Vasseur", despite="Mesure.")
    mailing = project.create_mailing(project.plan(project.issue("156")), orders=Orders())
    project.deliveries.set_state(mailing.id, MailingState.PAUSED, now=project.now())
    return project


def _member(number: int) -> str:
    """One line of the table of subscribers."""
    tags, town = _TAGS[number % len(_TAGS)], _TOWNS[number % len(_TOWNS)]
    return f"lecteur{number}@example.org;Hélène{number % 700};Dupont{number % 5000};{tags};{town}"


def pages(folder: Path) -> dict[str, tuple[float, float, float]]:
    """Address → seconds of the first answer, the median of five more, and the processor time of one of those."""
    with studio(folder) as (address, process):
        opener = build_opener(HTTPCookieProcessor(CookieJar()))
        base = address.split("/?")[0]
        for first in (address, f"{base}/?whole=true"):  # as the script of the page does
            opener.open(first).read()
        return {path: _page(opener, base + path, process) for path in _PATHS}


def _page(opener: OpenerDirector, address: str, process: int) -> tuple[float, float, float]:
    first = _ask(opener, address)
    busy = processor_seconds(process)
    times = [_ask(opener, address) for _time in range(TIMES)]
    return first, statistics.median(times), (processor_seconds(process) - busy) / TIMES


def _ask(opener: OpenerDirector, address: str) -> float:
    started = time.perf_counter()
    opener.open(address).read()
    return time.perf_counter() - started


_TAGS = ("coopérateur", "coopérateur, bénévole", "donateur", "")
_TOWNS = ("Liège", "Namur", "Bruxelles", "Mons", "")
#: One of each kind of condition.
_SEGMENTS = """
[benevoles]
list = "members"
tags_any = ["bénévole", "donateur"]
[sauf-coop]
list = "members"
tags_none = ["coopérateur"]
[namur]
list = "members"
fields = { ville = ["Namur", "Salzinnes"] }
[helene]
list = "members"
words = "hélène12"
[nouveaux]
list = "members"
joined_since = 2023-01-01
[sans-156]
list = "members"
not_sent = ["2023-08-16-numero-156"]
"""
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
        print(f"\n{subscribers:,} subscribers, {ARTICLES} articles: first answer, median of {TIMES} more, processor")
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
    for path, (first, usual, busy) in pages(folder).items():
        print(f"{path:>44}  {1000 * first:5.0f} ms {1000 * usual:5.0f} ms {1000 * busy:5.0f} ms")


if __name__ == "__main__":
    main()
