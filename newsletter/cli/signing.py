"""Commands of the signature: dkim new, dkim show."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import print_json, say
from newsletter.i18n import _

if TYPE_CHECKING:
    from newsletter.delivery.dkim import SigningKey
    from newsletter.project import Project

dkim = typer.Typer(help=_("the signature of the letters (DKIM)"), no_args_is_help=True, rich_markup_mode=None)

#: Most characters of one string of a TXT record (RFC 1035 §3.3).
_STRING = 255


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    dkim.command(help=_("make a key, and say what to publish in the DNS"))(new)
    dkim.command(help=_("say again what to publish in the DNS"))(show)
    app.add_typer(dkim, name="dkim")


def new(
    context: typer.Context,
    selector: Annotated[str, typer.Option(help=_("name of the key in the DNS"), show_default=False)] = "",
    domain: Annotated[str, typer.Option(help=_("the domain that signs"), show_default=False)] = "",
    ed25519: Annotated[bool, typer.Option("--ed25519", help=_("a second, short key, beside the RSA key"))] = False,
) -> None:
    project: Project = context.obj.project
    made = project.make_signing_key(domain=domain, selector=selector, ed25519=ed25519)
    say(_("The key is in {file}: nobody else may read it, and it never goes into git.", file=made.file))
    say(_("1. Add this record where the DNS of {domain} is kept, often at your registrar's:", domain=made.key.domain))
    _print_record(made.key)
    say(_("2. Write in newsletter.toml, and nothing else under [dkim]:"))
    typer.echo("  [dkim]")
    typer.echo(f'  domain = "{made.key.domain}"')
    typer.echo(f'  {"ed25519_selector" if ed25519 else "selector"} = "{made.key.selector}"')
    say(_("3. When newsletter doctor sees the record, the letters may leave; that may take an hour."))


def show(context: typer.Context, json: Json = False) -> None:
    project: Project = context.obj.project
    keys = project.require_signing_keys()
    if json:
        print_json([{"name": key.record_name, "type": "TXT", "value": key.record} for key in keys])
        return
    for key in keys:
        _print_record(key)


def _print_record(key: "SigningKey") -> None:
    """As a registrar's page asks for it, then as a zone file does."""
    host = key.record_name.removesuffix(f".{key.domain}")
    rows = [(_("type"), "TXT"), (_("name"), host), (_("full name"), key.record_name), (_("value"), key.record)]
    if len(key.record) > _STRING:
        rows.append((_("in pieces"), strings(key.record)))
    for label, value in rows:
        typer.echo(f"  {label:<12} {value}")
    if len(key.record) > _STRING:
        say(_("  (the value in pieces is for pages that refuse more than 255 characters, and for zone files)"))


def strings(record: str) -> str:
    """A TXT record as strings of at most 255 characters, which receivers join without a blank (RFC 6376 §3.6.2.2)."""
    return " ".join(f'"{record[at : at + _STRING]}"' for at in range(0, len(record), _STRING))
