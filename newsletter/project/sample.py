"""A new project folder: the layouts, sample articles and settings that come with the package."""

import shutil
from pathlib import Path

import newsletter
from newsletter.errors import RefusedError
from newsletter.i18n import _
from newsletter.settings import FILE_NAME

#: What a project folder is made of.
PARTS = (FILE_NAME, "content", "templates")


def sample_folder() -> Path:
    """Where the sample stands: beside the code in the repository, inside the package in a wheel."""
    package = Path(newsletter.__file__).parent
    return package / "sample" if (package / "sample").is_dir() else package.parent


def create_project(folder: Path) -> list[Path]:
    """Write a project folder; returns what was made. Raises RefusedError rather than overwrite anything."""
    for part in PARTS:
        if (folder / part).exists():
            raise RefusedError(
                _("{path} is already there", path=folder / part),
                hint=_("choose an empty folder: nothing is overwritten"),
            )
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        origin, target = sample_folder() / part, folder / part
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        else:
            shutil.copyfile(origin, target)
    (folder / ".gitignore").write_text("var/\n.env\n", encoding="utf-8")
    return [folder / part for part in PARTS]
