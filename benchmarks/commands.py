"""Whole commands as processes: how long `--help`, `articles` and a cold `build` take."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "newsletter", "--lang", "en"]
RUNS = 7


def seconds(*arguments: str) -> float:
    """Median wall time of one command over seven runs, after one that does not count."""
    times = []
    for _run in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run([*COMMAND, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def write_ten(project: Path) -> None:
    """An issue of ten articles: two leads, eight cards."""
    paths = sorted(path.name for path in (project / "content" / "articles").glob("*.md"))[:10]
    blocks = "".join(f"  - {{kind: {'card' if n > 1 else 'lead'}, article: {path}}}\n" for n, path in enumerate(paths))
    head = "subject: Dix\npreheader: Dix articles\ndate: 2023-10-11\nlist: members\nlayout: launch\n"
    file = project / "content" / "issues" / "2023-10-11-dix.md"
    file.write_text(f"---\n{head}blocks:\n{blocks}---\nBonjour.\n", encoding="utf-8")


def measure() -> dict[str, float]:
    """Command → seconds."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = str(Path(temporary) / "project")
        subprocess.run([*COMMAND, "init", folder], check=True, capture_output=True)
        write_ten(Path(folder))
        return {
            "python -c pass": _python(),
            "newsletter --help": seconds("--help"),
            "newsletter articles (sample)": seconds("--project", folder, "articles", "--date", "2023-08-16"),
            "newsletter build 156": seconds("--project", folder, "build", "156"),
            "newsletter check 156": seconds("--project", folder, "check", "156"),
            "newsletter build, ten articles": seconds("--project", folder, "build", "dix"),
        }


def _python() -> float:
    times = []
    for _run in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:>32}  {value:8.3f} s")
