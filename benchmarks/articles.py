"""How long a site of 5,000 articles takes to read, cold and from the cache: `python -m benchmarks.articles [COUNT]`.

Each reading is the whole command: interpreter, imports, reading, choosing, printing.
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
#: Where the site of the measurement is.
_SETTINGS = '[content]\narticles = "articles"\nissues = "issues"\nuploads = "uploads"\n'


def make_site(root: Path, count: int) -> int:
    """Write `count` articles of about 3 kB, and a hundred pictures; returns the bytes of all articles."""
    for name in ("articles", "issues", "uploads"):
        (root / name).mkdir()
    (root / "newsletter.toml").write_text(_SETTINGS, encoding="utf-8")
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


def read_once(root: Path) -> tuple[float, int]:
    """Seconds of one `newsletter articles --json`, and how many articles it spoke of."""
    command = [sys.executable, "-m", "newsletter", "--project", str(root), "articles", "--date", "2023-10-11", "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, len(json.loads(done.stdout))


def main() -> int:
    """Print both figures; 1 when one of them is over its limit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = make_site(root, count)
        cold, seen = read_once(root)
        cached, _again = min(read_once(root) for _ in range(3))
    print(f"{seen} articles, {size / 1e6:.1f} MB: cold {cold:.2f} s, cached {cached:.2f} s (best of 3)")
    return int(cold > COLD or cached > CACHED)


if __name__ == "__main__":
    sys.exit(main())
