"""Mistakes in the editor's language: what the system says in English, and what was meant."""

import difflib
import errno
import os
from collections.abc import Iterable

from newsletter.i18n import N_, _

_SYSTEM = {
    errno.ENOENT: N_("no such file or folder"),
    errno.EACCES: N_("permission denied"),
    errno.EPERM: N_("permission denied"),
    errno.EEXIST: N_("a file of that name is in the way"),
    errno.ENOTDIR: N_("a file stands where a folder is needed"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOSPC: N_("the disk is full"),
    errno.EDQUOT: N_("the disk quota is used up"),
    errno.EROFS: N_("the disk is read-only"),
    errno.EIO: N_("the disk does not answer"),
    errno.ELOOP: N_("a link leads back to itself"),
    errno.ENAMETOOLONG: N_("the name is too long"),
    errno.ECONNREFUSED: N_("connection refused"),
    errno.ECONNRESET: N_("the connection was cut"),
    errno.ETIMEDOUT: N_("no answer in time"),
    errno.EHOSTUNREACH: N_("the machine cannot be reached"),
    errno.ENETUNREACH: N_("the network cannot be reached"),
    errno.EADDRINUSE: N_("the port is taken"),
}


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The hint that gives the nearest of the known names, or None when none is near."""
    close = difflib.get_close_matches(name, list(known), 1)
    return _("did you mean {name}?", name=close[0]) if close else None


def system_reason(error: OSError) -> str:
    """Why the system refused; in its own words when the case is rare."""
    number = error.errno or 0
    if number in _SYSTEM:
        return _(_SYSTEM[number])
    return error.strerror or (os.strerror(number) if number > 0 else str(error))
