"""A new project folder: the layouts, sample articles and settings that come with the package."""

import shutil
from pathlib import Path

import newsletter
from newsletter.errors import RefusedError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
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
    try:
        _copy_sample(folder)
    except OSError as error:  # shutil.Error, of many files, is one too, and names the sample's own files
        _remove_parts(folder)
        reason = system_reason(error) if error.errno else _("the disk is full or refuses to write")
        raise RefusedError(_("the project cannot be written: {reason}", reason=reason), where=str(folder)) from None
    return [folder / part for part in PARTS]


def _copy_sample(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        origin, target = sample_folder() / part, folder / part
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        else:
            shutil.copyfile(origin, target)
    (folder / ".gitignore").write_text("var/\n.env\n", encoding="utf-8")


def _remove_parts(folder: Path) -> None:
    """What a copy that failed left behind: the next try finds the folder as it was."""
    for part in PARTS:
        if (folder / part).is_dir():
            shutil.rmtree(folder / part, ignore_errors=True)
        elif folder.is_dir():
            (folder / part).unlink(missing_ok=True)
