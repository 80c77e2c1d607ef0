"""Jinja templates compiled by an earlier process, in a folder that nobody else can write to."""

from contextlib import suppress
from pickle import UnpicklingError

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class _Compiled(FileSystemBytecodeCache):
    """A damaged file or a full disk only costs the time of compiling."""

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def compiled() -> FileSystemBytecodeCache | None:
    """In Jinja's folder for this user: bytecode is bound by no sandbox. None where that folder is not safe.

    Never in the project, which may come from somebody else.
    """
    with suppress(OSError, RuntimeError):
        return _Compiled(pattern="newsletter-1-%s.cache")
    return None
