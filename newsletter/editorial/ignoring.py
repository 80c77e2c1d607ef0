"""« Ignorer pour ce numéro »: a remark set aside in one issue, with the reason, in the file that people keep."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from newsletter.editorial.checks import CHECKS
from newsletter.editorial.issues import edit_issue
from newsletter.errors import RefusedError, UsageError
from newsletter.i18n import _

#: Front-matter key of an issue: code → reason.
KEY = "ignore"


def ignore(path: Path, code: str, *, reason: str) -> None:
    """Write the reason under `ignore:` of the issue file, or take the code off when the reason is empty.

    Raises RefusedError for a remark that protects the readers, UsageError for a code with spaces, ContentError when
    the file cannot be read.
    """
    rule = CHECKS.get(code)
    if rule and not rule.ignorable:
        raise RefusedError(_("{code} protects the readers: it cannot be ignored", code=code))
    if not code.replace("-", "").isalnum():
        raise UsageError(_("there is no remark {code}", code=code))
    words = " ".join(reason.split())

    def change(front: MutableMapping[str, Any]) -> None:
        ignored = front.get(KEY) or {}
        if words:
            ignored[code] = words
        else:
            ignored.pop(code, None)
        front[KEY] = ignored
        if not ignored:
            del front[KEY]

    edit_issue(path, expected_sha256=None, changes=change)
