"""One person joins or leaves a list."""

from datetime import datetime, timedelta

from newsletter.audience.addresses import LONGEST_NAME, clean_address, clean_words
from newsletter.audience.tokens import read_unsubscribe_token
from newsletter.errors import RefusedError, UsageError
from newsletter.i18n import _
from newsletter.model import (
    Consent,
    ImportRow,
    Returned,
    ReturnKind,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from newsletter.ports import AudienceStore

#: Before the name of the request, in the history of whoever left by mail.
BY_MAIL = "mail, "


def add_subscriber(
    store: AudienceStore,
    email: str,
    *,
    list_id: str,
    consent_text: str,
    now: datetime,
    first_name: str = "",
    last_name: str = "",
) -> Subscriber:
    """Subscribe one person by hand, even one who had left: somebody says they asked, and how.

    Raises ContentError on a wrong address, UsageError without a consent text, RefusedError for a suppressed address.
    """
    first, last = (clean_words(name, limit=LONGEST_NAME) for name in (first_name, last_name))
    row = ImportRow(line=1, email=clean_address(email), first_name=first, last_name=last)
    consent = Consent(text=require_consent(consent_text), source="hand", at=now)
    _refuse_suppressed(store, row.email)
    store.import_rows([row], list_id=list_id, consent=consent, dry_run=False)
    person = store.find(row.email)
    assert person
    store.subscribe(person.id, list_id, consent=consent)
    return person


def unsubscribe(store: AudienceStore, token: str, *, now: datetime, detail: str) -> Subscription | None:
    """Leave the list that a token names, at once; the subscription as it then stands, or None for a token not ours.

    Idempotent (RFC 8058 §3.1). `detail` says by which way.
    """
    subscription_id = read_unsubscribe_token(store.secret(), token)
    if subscription_id is None:
        return None
    store.set_status(subscription_id, SubscriptionStatus.UNSUBSCRIBED, now=now, detail=detail)
    return store.subscription(subscription_id)


def leave_by_mail(store: AudienceStore, request: Returned, *, now: datetime, dry_run: bool) -> str:
    """Obey a request to leave, once: `left`; `repeated` when it was obeyed before; `other` when its token is not ours.

    Whoever came back since stays, though the box is read again: a request is known by its name, and one that is
    dated more than a day before the subscription is about an earlier one.
    """
    ids = (read_unsubscribe_token(store.secret(), token) for token in request.tokens)
    found = next((theirs for number in ids if number is not None and (theirs := store.subscription(number))), None)
    if found is None:
        return ReturnKind.OTHER
    how = f"{BY_MAIL}{request.name}"
    is_known = any(fact.detail == how for fact in store.events(found.subscriber))
    is_older = found.changed_at and request.at and request.at < found.changed_at - timedelta(days=1)
    if is_known or is_older or found.status is SubscriptionStatus.UNSUBSCRIBED:
        return "repeated"
    if not dry_run:
        store.set_status(found.id, SubscriptionStatus.UNSUBSCRIBED, now=now, detail=how)
    return ReturnKind.LEFT


def _refuse_suppressed(store: AudienceStore, email: str) -> None:
    if store.is_suppressed(email):
        raise RefusedError(
            _("{email} is on the suppression list", email=email),
            hint=_("if the person asks to come back: newsletter suppressions remove {email}", email=email),
        )


def require_consent(text: str) -> str:
    """The words people agreed to, cleaned; raises UsageError when there are none (GDPR art. 7.1)."""
    words = clean_words(text, limit=2_000)
    if not words:
        raise UsageError(
            _("without a consent text, nobody can be written to"),
            hint=_("say with --consent what these people agreed to, and when or where"),
        )
    return words
