"""The verbs of the signature: make a key, say what the DNS must show, seal the letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import SettingsError, UsageError
from newsletter.i18n import _
from newsletter.project.opened import OpenedProject
from newsletter.settings import FILE_NAME, NAME_LIMIT, is_dns_name

if TYPE_CHECKING:
    from newsletter.delivery.dkim import SigningKey
    from newsletter.delivery.personalize import MakeSigner


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key just made, and where it stands."""

    key: "SigningKey"
    file: Path


class SealRoom(OpenedProject):
    """Where the letters get their seal, the DKIM signature, if the project signs by itself."""

    def signing_keys(self) -> "Sequence[SigningKey]":
        """The keys of the settings, RSA first; none when nothing is signed. Raises SettingsError."""
        if not self.settings.dkim.domain:
            return ()
        from newsletter.delivery.signing_keys import read_keys

        return read_keys(self.settings.dkim, root=self.folder, var=self.var)

    def require_signing_keys(self) -> "Sequence[SigningKey]":
        """The same, one at least."""
        if keys := self.signing_keys():
            return keys
        raise SettingsError(
            _("letters are not signed here: there is no domain under [dkim]"),
            where=FILE_NAME,
            hint=_("newsletter dkim new makes a key and says what to write; most relays sign by themselves"),
        )

    def make_signing_key(self, *, domain: str = "", selector: str = "", ed25519: bool = False) -> NewKey:
        """A new key in var/dkim/; the domain is that of the settings, else of the first list's sender."""
        from newsletter.delivery.signing_keys import key_file, make_key

        domain = (domain or self.settings.dkim.domain or self._first_domain()).lower()
        selector = (selector or f"lettre{self.now():%Y%m}{'e' if ed25519 else ''}").lower()
        for name in (domain, selector):
            if not is_dns_name(name) or len(name) > NAME_LIMIT:
                raise UsageError(_("“{value}” is not a name of the DNS: letters, digits, hyphens and dots", value=name))
        path = key_file(selector, var=self.var)
        return NewKey(key=make_key(path, domain=domain, selector=selector, ed25519=ed25519), file=path)

    def _first_domain(self) -> str:
        """The domain of the first list's sender; raises UsageError when there is no list."""
        for chosen in self.settings.lists.values():
            return parseaddr(chosen.from_)[1].rpartition("@")[2]
        raise UsageError(_("name the domain that signs: --domain example.org"))

    def _seal(self) -> "MakeSigner | None":
        """What signs a letter's copies; None when nothing is signed."""
        keys = self.signing_keys()
        if not keys:
            return None
        from newsletter.delivery.dkim import LetterSigner

        return lambda fixed, beginning: LetterSigner(keys, fixed=fixed, constant_body=beginning)
