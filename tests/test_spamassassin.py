"""What SpamAssassin thinks of the sample letter, without the network: a filter has nothing to hold against it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter.project import Project

#: No learning, no look-ups: the letter alone is judged, as a relay with an ordinary address hands it over.
SETTINGS = "use_bayes 0\nskip_rbl_checks 1\ndns_available no\n"
RECEIVED = "Received: from relay.imagine.example (relay.imagine.example [9.9.9.10]) by mx.example.org; {date}\r\n"

MOST = 1.0
NEVER = re.compile(r"\b(?:MISSING_\w+|MIME_QP_LONG_LINE|HTML_FONT_LOW_CONTRAST|\w*_HTML_ONLY)\b")


def judged(message: bytes, folder: Path) -> str:
    """The header field of the verdict: a score, and the names of the rules that spoke."""
    program = shutil.which("spamassassin")
    if not program:
        pytest.skip("SpamAssassin is not installed")
    (folder / "sa.cf").write_text(SETTINGS)
    date = re.search(rb"(?m)^Date: ([^\r]+)", message)
    assert date
    done = subprocess.run(
        [program, "-L", "-t", "-x", "-p", str(folder / "sa.cf")],
        input=RECEIVED.format(date=date[1].decode()).encode() + message,
        capture_output=True,
        check=True,
    )
    verdict = re.search(rb"X-Spam-Status:.*?(?=\r?\n\S)", done.stdout, re.S)
    assert verdict
    return verdict[0].decode()


@pytest.mark.slow
def test_the_sample_letter_is_no_spam(sample_project: Path, tmp_path: Path) -> None:
    project = Project.open(sample_project)
    project.build(project.issue("156"), tmp_path / "built")
    verdict = judged((tmp_path / "built" / "message.eml").read_bytes(), tmp_path)
    score = re.search(r"score=(-?[\d.]+)", verdict)
    assert score and float(score[1]) <= MOST, verdict
    assert NEVER.findall(verdict) == []
