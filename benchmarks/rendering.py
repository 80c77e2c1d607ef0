"""From Markdown to the checked letter: cold as a process beside npm's `mjml`, warm as the studio does it, and at worst.

    python -m benchmarks.rendering [MJML]

MJML is the folder where `mjml` of npm is installed; without it, it is installed in a temporary folder, if npm can.
"""

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

from benchmarks.machine import ENVIRONMENT
from newsletter.editorial import press
from newsletter.editorial.markdown import render_markdown
from newsletter.editorial.memory import forget
from newsletter.errors import ContentError
from newsletter.project import Project
from newsletter.web.studio.proofs import Proofs
from tests.editorial.awkward import AWKWARD

COMMAND = [sys.executable, "-m", "newsletter", "--lang", "en"]
RUNS, EDITS = 9, 200
#: The version of npm's `mjml` that is asked for.
MJML = "mjml@5"
NPM = "npm mjml"
#: A build on a machine that never saw the templates.
FIRST = "build, templates new"


def make_project(folder: Path, count: int) -> Path:
    """The sample project with an issue of that many articles: two leads, the rest cards; some more than once."""
    subprocess.run([*COMMAND, "init", str(folder)], check=True, capture_output=True)
    articles = folder / "content" / "articles"
    sample = sorted(articles.glob("*.md"))
    paths = [articles / f"2023-08-01-{number:02d}-{sample[number % len(sample)].name}" for number in range(count)]
    for number, path in enumerate(paths):
        shutil.copy(sample[number % len(sample)], path)
    kinds = ["lead", "lead", *["card"] * (count - 2)]
    blocks = "".join(f"  - {{kind: {kind}, article: {path.name}}}\n" for kind, path in zip(kinds, paths, strict=True))
    head = "subject: Beaucoup\npreheader: Des articles\ndate: 2023-10-11\nlist: members\nlayout: launch\n"
    file = folder / "content" / "issues" / "2023-10-11-beaucoup.md"
    file.write_text(f"---\n{head}blocks:\n{blocks}---\nBonjour {{{{ first_name | à vous }}}}.\n", encoding="utf-8")
    return folder


def run(command: list[str], **variables: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and resident megabytes of one process."""
    environment = {**ENVIRONMENT, **variables}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 3), command
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure_cold(project: Path, mjml: list[str] | None) -> None:
    """Our whole processes and npm's, one after the other, so that the machine's moods are shared.

    Ours find nothing that an earlier one kept in the project. Jinja's compiled templates, which any user's machine has
    from the day before, are there, but for FIRST.
    """
    ours = [*COMMAND, "--project", str(project)]
    commands = {"build": [*ours, "build", "beaucoup"], "check": [*ours, "check", "beaucoup"]}
    commands |= {FIRST: commands["build"], **({NPM: mjml} if mjml else {})}
    runs = [{name: _alone(name, command, project) for name, command in commands.items()} for _run in range(RUNS + 1)][
        1:
    ]
    medians = {name: [statistics.median(it[name][n] for it in runs) for n in range(3)] for name in commands}
    for name, (wall, processor, memory) in medians.items():
        print(f"{name:>30}: {wall * 1e3:5.0f} ms, processor {processor * 1e3:5.0f} ms, {memory:4.0f} MB")
    if not mjml:
        print(f"{NPM:>30}: absent")
        return
    for name in ("build", "check", FIRST):
        wall, processor = (medians[name][n] / medians[NPM][n] for n in range(2))
        print(f"{name + ' / ' + NPM:>30}: {wall:5.2f}, processor {processor:5.2f}")


def _alone(name: str, command: list[str], project: Path) -> tuple[float, float, float]:
    shutil.rmtree(project / "var", ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        return run(command, **({"TMPDIR": temporary} if name == FIRST else {}))


def letter_mjml(project: Path) -> str:
    """The letter as MJML, the texts of the articles still to come."""
    opened = Project.open(project)
    forget()
    with mock.patch.object(press, "mjml_to_html", wraps=press.mjml_to_html) as rendering:
        opened.render(opened.issue("beaucoup"))
    return str(rendering.call_args_list[0].args[0])


def find_mjml(folder: Path, letter: str) -> list[str] | None:
    """The command that renders the letter with npm's `mjml`; None when there is none and npm cannot install it."""
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else folder
    program = home / "node_modules" / ".bin" / "mjml"
    if not program.exists() and shutil.which("npm"):
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), MJML]
        subprocess.run(command, check=False, capture_output=True)
    source = folder / "letter.mjml"
    source.write_text(letter, encoding="utf-8")
    return [str(program), str(source), "-o", str(folder / "letter.html")] if program.exists() else None


def edits(project: Path) -> Iterator[Callable[[int], object]]:
    """What an editor does, again and again: a paragraph in an article, a title, the words of the letter itself."""
    first, *_others, last = sorted((project / "content" / "articles").glob("2023-08-01-*.md"))
    issue = project / "content" / "issues" / "2023-10-11-beaucoup.md"
    texts = {path: path.read_text(encoding="utf-8") for path in (first, last, issue)}

    def write(path: Path, words: Callable[[int], str]) -> Callable[[int], object]:
        return lambda number: path.write_text(words(number), encoding="utf-8")

    return itertools.cycle(
        [
            write(first, lambda number: f"{texts[first]}\n\nUn mot de plus, le {number}e.\n"),
            write(last, lambda number: f"{texts[last]}\n\nUn autre mot, le {number}e.\n"),
            write(first, lambda number: texts[first].replace("title: ", f"title: Le {number}e ", 1)),
            write(issue, lambda number: f"{texts[issue]}\n\nDeux phrases, la {number}e.\n"),
        ]
    )


def measure_warm(project: Path, count: int) -> None:
    """What the studio does when a file changes: read, render, fill in for one reader, check."""
    opened = Project.open(project)
    proofs = Proofs(opened)
    cold = []
    for _run in range(3):
        forget()
        proofs.forget()
        cold.append(_seconds(lambda: proofs.read("beaucoup")))
    times = []
    for number, edit in zip(range(EDITS), edits(project), strict=False):
        edit(number)
        proofs.forget()
        times.append(_seconds(lambda: proofs.read("beaucoup")))
        assert proofs.read("beaucoup").error is None
    walls, processor = (sorted(figures) for figures in zip(*times, strict=True))
    size = len(opened.render(opened.issue("beaucoup")).mail.html.encode())
    print(f"{count} articles, {size / 1000:.0f} kB of HTML; nothing remembered: {min(cold)[0] * 1e3:.0f} ms")
    for label, figures in (("wall", walls), ("processor", processor)):
        middle, rare = statistics.median(figures) * 1e3, figures[int(len(figures) * 0.99)] * 1e3
        print(f"{'warm, ' + label:>30}: p50 {middle:5.1f} ms, p99 {rare:5.1f} ms")


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def measure_awkward() -> None:
    """The slowest of the texts that no person writes."""
    times = {}
    for name, text in AWKWARD.items():
        started = time.process_time()
        with suppress(ContentError):
            render_markdown(text.source, resolve=lambda url: url, file="a.md")
        times[name] = time.process_time() - started
    slowest = max(times, key=lambda name: times[name])
    print(f"{len(times)} awkward texts; the slowest is “{slowest}”: {times[slowest]:.2f} s of processor time")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ten, fifty = make_project(folder / "ten", 10), make_project(folder / "fifty", 50)
        measure_cold(ten, find_mjml(folder, letter_mjml(ten)))
        wall, _processor, memory = run([*COMMAND, "--project", str(fifty), "build", "beaucoup"])
        print(f"{'build, fifty articles':>30}: {wall * 1e3:6.0f} ms, {memory:.0f} MB resident")
        for project, count in ((ten, 10), (fifty, 50)):
            measure_warm(project, count)
    measure_awkward()


if __name__ == "__main__":
    main()
