"""`make compat`: every shipped layout through mrml and through MJML's own engine, and what no habit explains.

For whoever changes a layout or the version of mjml-python; it needs node and npm, the ordinary tests do not.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from unittest.mock import patch

from newsletter.editorial import mjml
from newsletter.editorial.issues import read_issue
from newsletter.project import Project
from tests.editorial.letters import GALLERY, ROOT
from tests.mjml_differences import differences

#: The version of npm's mjml that mrml is held against; nothing else says it.
VERSION = "5.4.1"
#: Differences said of each letter.
_SHOWN = 20
FOLDER = ROOT / "var" / f"mjml-{VERSION}"

_SCRIPT = """
const mjml = require("mjml"), render = mjml.default || mjml;
const sources = JSON.parse(require("fs").readFileSync(0, "utf8"));
const options = { fonts: {}, keepComments: false, validationLevel: "soft" };
Promise.all(sources.map(async source => render(source, options))).then(made => process.stdout.write(JSON.stringify(
  made.map(({ html, errors }) => [html, errors.map(it => it.formattedMessage)]))));
"""


def main() -> int:
    """Say what differs, letter by letter; 1 when anything does."""
    install()
    letters = dict(render_all())
    others = mjml_to_html([source for source, _html in letters.values()])
    wrong = 0
    for (name, (_source, html)), (other, errors) in zip(letters.items(), others, strict=True):
        found = [*errors, *differences(html, other)]
        said = f"{name}: {len(html):,} and {len(other):,} characters, {len(found)} unexplained differences"
        sys.stdout.write("\n  ".join([said, *found[:_SHOWN]]) + "\n")
        wrong += bool(found)
    return 1 if wrong else 0


def install() -> None:
    """npm's mjml into var/, if it is not there."""
    if not (FOLDER / "node_modules" / "mjml").is_dir():
        options = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        subprocess.run(["npm", "install", "--prefix", FOLDER, *options, f"mjml@{VERSION}"], check=True)


def render_all() -> Iterator[tuple[str, tuple[str, str]]]:
    """Each letter of the sample and of the gallery: its MJML as mrml gets it, and what mrml makes of it."""
    project = Project.open(ROOT)
    for path in sorted([*GALLERY.glob("*.md"), *project.issues_folder.glob("*.md")]):
        taken: list[tuple[str, str]] = []
        with patch.object(mjml, "mjml2html", _witness(taken)):
            project.proofread(read_issue(path, root=ROOT))
        yield path.stem, taken[0]


def mjml_to_html(sources: list[str]) -> list[tuple[str, list[str]]]:
    """HTML and complaints of npm's mjml, for each source."""
    command = ["node", "-e", _SCRIPT]
    done = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=True, cwd=FOLDER)
    return [(html, errors) for html, errors in json.loads(done.stdout)]


def _witness(taken: list[tuple[str, str]]) -> Callable[..., str]:
    """mrml, that remembers what it was given and what it made."""
    engine = mjml.mjml2html

    def render(source: str, **options: object) -> str:
        taken.append((source, engine(source, **options)))
        return taken[-1][1]

    return render


if __name__ == "__main__":
    sys.exit(main())
