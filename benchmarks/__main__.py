"""Run every measurement, or those named, and write docs/benchmarks.md: `make bench`, `make bench ARGS="sending"`."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

#: Module → what it measures, in the order of the page.
MEASUREMENTS = {
    "commands": "Whole commands, as processes: median of seven runs after one that does not count. The sample issue "
    "has eight articles.",
    "articles": "A site of 5,000 article files: `newsletter articles`, first cold, then with its cache.",
    "rendering": "Ten articles from Markdown to checked HTML and text, as whole processes, beside npm's `mjml` on the "
    "MJML of the same letter, its texts not in it; then the studio's rebuild after one of 200 edits (a paragraph, a "
    "title, the editor's own words); then the slowest of the texts that no person writes.",
    "audience": "1,000,000 rows of CSV taken into SQLite, checked and each address once, then again; exported; counted "
    "and frozen for a mailing.",
    "studio": "The studio in Debian's Chromium: from the command to the first page, in a browser that is open and "
    "waits; how long the first click behind it waits for its page; from a saved article to its words "
    "in the frame, 40 saves of an issue of ten articles; every page beside 100,000 subscribers, a mailing to them all "
    "frozen and the issue approved for four readerships, each page in a studio just opened: until it stands, until all "
    "that it counts is there, and the median of five more times. The processor time is the studio's own: the browser's "
    "comes on top in the times of the frame.",
    "reports": "The studio's pages of reports over a list and two mailings of 100,000 people, beside reading "
    "every delivery once.",
    "personalize": "One reader's message of 80 KB: our pieces beside the standard library's `EmailMessage`, in "
    "one run.",
    "dkim": "The signature of one reader's message: ours beside dkimpy's and beside RSA alone, in one run.",
    "sending": "A frozen mailing through `smtp-sink` on the loopback, ten connections, personalised, every START on "
    "disk before its final dot: `newsletter resume` as a process, its start included, beside Postfix's `smtp-source` "
    "(C, one body for all, nothing remembered), the least that a sender in Python does (`benchmarks.bare`: the same, "
    "on uvloop) and three others. 50,000 letters of 80 KB or 100,000 of 20 KB; the three slow ones send fewer. Passing "
    "`smtp-source` is no magic: it waits four times a message, we twice, so the server wakes less often.\n\n"
    "![The same as bars](benchmarks.svg)",
    "floor": "Where the processor time of a message goes: the parts that cannot be left out, each alone and at its "
    "best, beside 50,000 letters sent by the whole. Alone, a part has the processor's caches to itself: in a mailing "
    "it costs up to twice as much, and the last part but one holds that too.",
    "million": "The same sender, and a million letters of 2 KB.",
    "kill": "The sender killed with `kill -9` at twenty random moments of a mailing to 20,000, and resumed each time.",
}

_HEAD = """# Figures

Measured by `make bench` (it needs Debian's postfix for `smtp-sink`, which is not started) on {processors} processors,
{machine}, Python {python}. Wall times of a shared machine vary by a third: trust the ratios, and the processor
times, more than the last digit.
"""
#: What a section printed, on the page.
_PRINTED = re.compile(r"^## (\w+)\n.*?^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Run them one after the other, and write the page after each; a measurement that fails stops everything."""
    printed = dict(_PRINTED.findall(PAGE.read_text(encoding="utf-8")))
    for name in sys.argv[1:] or MEASUREMENTS:
        print(f"benchmarks.{name} …", file=sys.stderr)
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        printed[name] = f"{done.stdout.rstrip()}\n{datetime.now(UTC):(%Y-%m-%d)}\n"
        _write(printed)


def _write(printed: Mapping[str, str]) -> None:
    head = _HEAD.format(processors=os.cpu_count(), machine=platform.machine(), python=platform.python_version())
    sections = [
        f"## {name}\n\n{sentence}\n\n```\n{printed[name]}```\n"
        for name, sentence in MEASUREMENTS.items()
        if name in printed
    ]
    PAGE.write_text("\n".join([head, *sections]), encoding="utf-8")


if __name__ == "__main__":
    main()
