"""The verb `doctor`: everything a mailing depends on, looked at without sending anything."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from typing import TYPE_CHECKING

from newsletter.errors import SettingsError
from newsletter.i18n import _, format_date, format_number, ngettext
from newsletter.model import Diagnosis, doubtful, sound, wrong
from newsletter.project.mailroom import Mailroom
from newsletter.project.retention import RetentionRoom
from newsletter.settings import SmtpServer, git_keeps, is_shared

if TYPE_CHECKING:
    from newsletter.delivery.checkup.directory import Directory

#: Everything that is looked at, by the name of its lines, in order.
CODES = (
    *("settings", "secrets", "spf", "dkim", "dmarc", "mx"),
    *("relay", "relay-tls", "relay-offers", "relay-login", "relay-limits", "relay-name"),
    *("public", "clock", "interpreter", "disk", "database", "retention"),
)

#: Below the first a mailing does not begin, below the second it may stop on the way.
_LEAST_BYTES, _FEW_BYTES = 50_000_000, 500_000_000
#: Bytes that a letter may well weigh, and per cent that its encoding adds to what was sent before.
_USUAL_SIZE, _ENCODED = 200_000, 160
_CLOCK_SLACK = timedelta(minutes=5)


class HealthRoom(Mailroom, RetentionRoom):
    """What is wrong with the settings, the DNS, the relay, the disk."""

    def diagnoses(self, *, dns: str = "", online: bool = False) -> Iterator[Diagnosis]:
        """One line after the other, as each is known. `dns` is a name server to ask instead of the system's.

        `online` asks for the public pages too. Raises UsageError on a wrong `dns`.
        """
        from newsletter.delivery.checkup.directory import Directory
        from newsletter.delivery.checkup.interpreter import check_interpreter
        from newsletter.delivery.checkup.relay import check_relay
        from newsletter.store.checkup import check_database

        directory = Directory(dns)
        yield from self._check_settings()
        yield from self._check_secrets()
        yield from self._check_directory(directory)
        database = check_database(self.settings.store.url, root=self.folder)
        largest = max(_USUAL_SIZE, database.heaviest * _ENCODED // 100)
        for server in self.settings.smtp.servers.values():
            yield from check_relay(server, largest=largest, now=self.now())
            yield from self._check_relay_name(directory, server)
        yield from self._check_public(online=online)
        yield self._check_clock(database.newest)
        yield check_interpreter()
        yield self._check_disk()
        yield from database.found
        yield self._check_retention(is_used=database.newest is not None)

    def _check_settings(self) -> Iterator[Diagnosis]:
        settings = self.settings
        if not settings.lists:
            yield wrong(
                "settings", _("there is no list to write to"), _("add a table [lists.<name>] to newsletter.toml")
            )
        if not settings.site.address:
            yield wrong(
                "settings", _("site.address is empty: every letter must say who writes"), _("write the postal address")
            )
        if not settings.delivery.return_path:
            yield doubtful(
                "settings",
                _("delivery.return_path is empty: bounces come to the sender's own box"),
                _("give it an address that only takes bounces"),
            )
        if not settings.public.url.startswith("https://"):
            say = doubtful if settings.smtp.is_loopback() else wrong
            yield say(
                "settings",
                _("public.url is not https: no mail program would offer to unsubscribe in one click (RFC 8058)"),
                _("put a reverse proxy with a certificate before newsletter serve"),
            )
        yield sound("settings", _("newsletter.toml is read without a mistake"))

    def _check_secrets(self) -> Iterator[Diagnosis]:
        """A password in a file that others read was refused before this; what remains is what is kept in var."""
        try:
            self.signing_keys()
        except SettingsError as error:
            yield wrong("secrets", str(error), error.hint)
        if self.var.exists() and git_keeps(self.var) and not self._is_ignored():
            yield wrong(
                "secrets",
                _("git would keep var/, where the addresses and the keys are"),
                _("write var/ into .gitignore"),
            )
        elif self.var.exists() and is_shared(self.var):
            yield doubtful(
                "secrets", _("others on this machine can look into var/"), _("chmod 700 {file}", file=self.var)
            )
        else:
            yield sound("secrets", _("no secret stands where others read it"))

    def _is_ignored(self) -> bool:
        file = self.folder / ".gitignore"
        lines = file.read_text(encoding="utf-8", errors="replace").split() if file.is_file() else []
        return any(line.strip("/") == "var" for line in lines)

    def _check_directory(self, directory: "Directory") -> Iterator[Diagnosis]:
        """SPF, DKIM, DMARC and MX, each on its own: one that cannot be asked hides no other."""
        from newsletter.delivery.checkup import records, spf

        writers = sorted({_domain(chosen.from_) for chosen in self.settings.lists.values()} - {""})
        returns = _domain(self.settings.delivery.return_path)
        senders = [returns] if returns else writers
        vouching = [*senders, self.settings.dkim.domain]
        relay = self._relay_addresses(directory)
        for domain in senders:
            yield from _asked("spf", partial(spf.check_spf, directory, domain=domain, relay=relay))
        yield from self._check_signature(directory)
        for domain in writers:
            yield from _asked("dmarc", partial(records.check_dmarc, directory, domain=domain, vouching=vouching))
        for domain in sorted({*writers, *senders}):
            yield from _asked("mx", partial(records.check_exchange, directory, domain=domain))

    def _check_signature(self, directory: "Directory") -> Iterator[Diagnosis]:
        from newsletter.delivery.checkup import records

        try:
            keys = self.signing_keys()
        except SettingsError:
            return  # said under secrets
        for key in keys:
            yield from _asked("dkim", partial(records.check_key, directory, key))
        if not keys:
            yield doubtful(
                "dkim",
                _("nothing is signed here: the relay must sign, and this machine cannot see whether it does"),
                _("look for DKIM=pass in a proof that arrived; if there is none, newsletter dkim new"),
            )

    def _relay_addresses(self, directory: "Directory") -> Sequence[str]:
        """Of every relay; empty when it is this machine, or unknown."""
        from newsletter.delivery.checkup.directory import Unanswered

        found: list[str] = []
        for server in self.settings.smtp.servers.values():
            with suppress(Unanswered):
                found += () if server.is_loopback() else directory.addresses(server.host)
        return found

    def _check_relay_name(self, directory: "Directory", server: SmtpServer) -> Iterator[Diagnosis]:
        from newsletter.delivery.checkup import records

        if server.is_loopback():
            yield sound("relay-name", _("the relay is this machine: what it is called outside is not seen from here"))
        else:
            yield from _asked("relay-name", partial(records.check_names, directory, host=server.host))

    def _check_public(self, *, online: bool) -> Iterator[Diagnosis]:
        from newsletter.project.pages import check_pages

        if online:
            yield check_pages(self.settings.public.url)

    def _check_clock(self, newest: datetime | None) -> Diagnosis:
        """A clock that is behind what was already written is wrong; that it is right, nothing here can know."""
        moments = [datetime.fromtimestamp(self.folder.joinpath("newsletter.toml").stat().st_mtime, self.now().tzinfo)]
        latest = max([*moments, *([newest] if newest else [])])
        shown = format_date(latest.astimezone(self.settings.site.zone).date())
        if latest > self.now() + _CLOCK_SLACK:
            return wrong(
                "clock",
                _("the clock of this machine is behind what was written here on {date}", date=shown),
                _("set the clock; letters dated wrong are taken for spam"),
            )
        now = self.now().astimezone(self.settings.site.zone)
        return sound(
            "clock",
            _(
                "the clock says {date}, {time}; nothing here contradicts it",
                date=format_date(now.date()),
                time=f"{now:%H:%M}",
            ),
        )

    def _check_disk(self) -> Diagnosis:
        folder = self.var if self.var.exists() else self.folder
        free = shutil.disk_usage(folder).free
        sentence = _("{n} MB are free on the disk", n=format_number(free // 1_000_000))
        if not os.access(folder, os.W_OK):
            return wrong(
                "disk",
                _("nothing can be written into {folder}", folder=folder),
                _("give it to whoever runs newsletter"),
            )
        if free < _LEAST_BYTES:
            return wrong("disk", sentence, _("free some room: a mailing would not begin"))
        if free < _FEW_BYTES:
            return doubtful("disk", sentence, _("free some room before a large mailing"))
        return sound("disk", sentence)

    def _check_retention(self, *, is_used: bool) -> Diagnosis:
        """Whether a purge is due; a database that knows nobody, or is of another version, is not even asked."""
        due = self.purge(dry_run=True).total if is_used else 0
        if not due:
            return sound("retention", _("nothing is kept for longer than [retention] says"))
        sentence = ngettext(
            "{n} record is kept for longer than [retention] says",
            "{n} records are kept for longer than [retention] says",
            due,
        )
        return doubtful("retention", sentence, _("newsletter purge; let cron run it once a month"))


def _domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2].lower()


def _asked(code: str, check: Callable[[], Diagnosis | Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    """What a check of the DNS finds; one that gets no answer says so."""
    from newsletter.delivery.checkup.directory import Unanswered

    try:
        found = check()
        yield from [found] if isinstance(found, Diagnosis) else found
    except Unanswered as error:
        yield doubtful(
            code,
            _("the DNS gives no answer about {name}: this was not looked at", name=error.args[0]),
            _("is this machine online? run it again, or name another server with --dns 9.9.9.9"),
        )
