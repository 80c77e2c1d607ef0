"""Mistakes in the editor's language: what the system and the settings' library say in English, and what was meant."""

import difflib
import errno
import os
from collections.abc import Iterable, Mapping
from typing import Any

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

_VALUES = {
    "int_parsing": N_("write a whole number"),
    "int_type": N_("write a whole number"),
    "int_from_float": N_("write a whole number"),
    "float_parsing": N_("write a number"),
    "float_type": N_("write a number"),
    "finite_number": N_("write a number"),
    "bool_parsing": N_("write true or false"),
    "bool_type": N_("write true or false"),
    "string_type": N_("write a text between quotes"),
    "path_type": N_("write a path between quotes"),
    "list_type": N_("write a list between [ and ]"),
    "tuple_type": N_("write a list between [ and ]"),
    "dict_type": N_("write a table"),
    "model_type": N_("write a table"),
    "model_attributes_type": N_("write a table"),
    "missing": N_("this key is missing"),
    "literal_error": N_("write one of: {expected}"),
    "greater_than_equal": N_("write {ge} or more"),
    "less_than_equal": N_("write {le} or less"),
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


def value_reason(mistake: Mapping[str, Any]) -> str:
    """How to mend a value, from one of `ValidationError.errors()`."""
    context = mistake.get("ctx", {})
    if "error" in context:  # our own validators speak for themselves
        return str(context["error"])
    if sentence := _VALUES.get(mistake["type"]):
        return _(sentence, **{name: str(value).replace(" or ", ", ") for name, value in context.items()})
    return str(mistake["msg"])
