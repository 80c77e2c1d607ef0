"""The word that opens every token of a mail: no source contains it, and nothing that is remembered does either."""

import base64
import hashlib
import secrets
from collections.abc import Iterable

#: Letters and digits; fifty bits.
_LENGTH = 10
#: Stands for the word of any build until the mail is whole, so that the next build finds again what this one made.
#: Drawn anew in each process: no author can write it, and it never leaves.
STAND_IN = base64.b32encode(secrets.token_bytes(_LENGTH))[:_LENGTH].decode().lower()


class Nonce:
    """The word of one build: a digest of every source, so the same sources give the same word and none contains it."""

    def __init__(self, sources: Iterable[str]) -> None:
        """`sources` are all texts of the build."""
        whole = hashlib.sha256()
        for source in sources:
            content = source.encode("utf-8", "surrogatepass")
            whole.update(b"%d:" % len(content) + content)
        self.word = base64.b32encode(whole.digest())[:_LENGTH].decode().lower()

    def show(self, text: str) -> str:
        """The text with this build's word in every token."""
        return text.replace(STAND_IN, self.word)
