"""How long a site of 5,000 articles takes to read, cold and from the cache: `python -m benchmarks.articles [COUNT]`.

Each reading is a process of its own, as the command is: interpreter, imports, reading, choosing.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

#: Seconds allowed for 5,000 articles.
COLD, CACHED = 5.0, 1.0

_PARAGRAPH = (
    "Au bord de la rivière, l’atelier numéro {number} ouvre à l’aube. On y répare des vélos, on y échange des graines "
    "et, le premier samedi du mois, on y tient un repas de quartier. « Personne ne repart les mains vides », dit "
    "*Anne*, qui tient un cahier depuis {year}. Voir [le site](https://example.org/2023/08/09/atelier).\n\n"
)
_READING = """
import json, sys
from datetime import UTC, date, datetime
from pathlib import Path
from newsletter.editorial.articles import MarkdownSource
from newsletter.editorial.compose import choose
from newsletter.settings import Site
root, site = Path(sys.argv[1]), Site()
source = MarkdownSource(root / "articles", root=root, site=site, uploads=root / "uploads", cache=root / "cache")
moment = datetime(2023, 10, 11, 8, tzinfo=UTC)
selection = choose(source.read_all(), [], planned=moment.date(), now=moment, zone=site.zone)
print(json.dumps([len(selection.choices), len(selection.taken)]))
"""


def make_site(root: Path, count: int) -> int:
    """Write `count` articles of about 3 kB, and a hundred pictures; returns the bytes of all articles."""
    for name in ("articles", "uploads"):
        (root / name).mkdir()
    for number in range(100):
        Image.new("RGB", (1200, 800), (number, 90, 60)).save(root / "uploads" / f"{number}.jpg", quality=30)
    return sum(_write_article(root / "articles", number) for number in range(count))


def _write_article(folder: Path, number: int) -> int:
    moment = datetime(2010, 1, 1, 10, tzinfo=UTC) + timedelta(days=number)
    text = (
        f"---\n_schema: article\nclass: single-e-magine\ntitle: L’atelier numéro {number}\ntitle_alignment: gauche\n"
        f"date: {moment:%Y-%m-%dT%H:%M:%SZ}\ndescription: >-\n  Un lieu où l’on répare et où l’on sème.\n"
        f"  Inscriptions avant le 25 août.\nimg: /uploads/{number % 100}.jpg\nimg_credits: Anne Dupont\n---\n"
        + _PARAGRAPH.format(number=number, year=moment.year)
        * 7
    )
    return (folder / f"{moment:%Y-%m-%d}-atelier-{number}.md").write_text(text, encoding="utf-8")


def read_once(root: Path) -> tuple[float, list[int]]:
    """Seconds of one whole process, and how many articles it saw and took."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _READING, str(root)], check=True, capture_output=True, text=True, cwd=Path.cwd()
    )
    return time.perf_counter() - started, json.loads(done.stdout)


def main() -> int:
    """Print both figures; 1 when one of them is over its limit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = make_site(root, count)
        cold, (seen, _taken) = read_once(root)
        cached, _again = min(read_once(root) for _ in range(3))
    print(f"{seen} articles, {size / 1e6:.1f} MB: cold {cold:.2f} s, cached {cached:.2f} s (best of 3)")
    return int(cold > COLD or cached > CACHED)


if __name__ == "__main__":
    sys.exit(main())
