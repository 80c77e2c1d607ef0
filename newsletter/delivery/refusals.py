"""What a server's codes mean, in words that an editor can act on (RFC 3463, RFC 5321 §4.2)."""

from newsletter.i18n import N_, _

#: Subject and detail of an enhanced code → what it says, whatever its class.
_ENHANCED = {
    "1.0": N_("the address is not accepted"),
    "1.1": N_("the address does not exist"),
    "1.2": N_("the domain of the address does not exist"),
    "1.3": N_("the address is not written as it should be"),
    "1.6": N_("the mailbox has moved and left no address"),
    "1.8": N_("the sender’s address is not accepted"),
    "1.10": N_("the domain takes no mail"),
    "2.0": N_("the mailbox does not answer"),
    "2.1": N_("the mailbox is closed"),
    "2.2": N_("the mailbox is full"),
    "2.3": N_("the letter is too big for this mailbox"),
    "3.2": N_("the server takes nothing at the moment"),
    "3.4": N_("the letter is too big for this server"),
    "4.1": N_("the domain’s server does not answer"),
    "4.2": N_("the connection was cut"),
    "4.3": N_("the domain’s server cannot be found"),
    "4.4": N_("no way leads to the domain’s server"),
    "4.5": N_("the server has too much to do"),
    "4.7": N_("it was tried for too long without success"),
    "5.3": N_("too many people at once for this server"),
    "6.7": N_("the server does not take accented addresses"),
    "7.0": N_("the server refuses for its own reasons"),
    "7.1": N_("the server refuses the letter: its rules, or the sender’s repute"),
    "7.23": N_("the sender is not authorised for its domain (SPF)"),
    "7.25": N_("the sending machine has no name (reverse DNS)"),
    "7.26": N_("the letter is not authenticated (SPF, DKIM or DMARC)"),
    "7.28": N_("the server finds that too much mail comes"),
}
#: The subject alone, for a detail that no table knows.
_SUBJECTS = {
    "1": N_("something is wrong with the address"),
    "2": N_("something is wrong with the mailbox"),
    "3": N_("something is wrong with the domain’s server"),
    "4": N_("something is wrong on the way to the server"),
    "5": N_("the two servers did not understand each other"),
    "6": N_("the server cannot take what the letter is made of"),
    "7": N_("the server refuses by its rules of security"),
}
#: Basic codes, of servers that say nothing finer.
_BASIC = {
    421: N_("the server takes nothing at the moment"),
    450: N_("the mailbox cannot be reached at the moment"),
    451: N_("the server had a difficulty of its own"),
    452: N_("the server has no room at the moment"),
    550: N_("the mailbox cannot be reached, or the server refuses the letter"),
    551: N_("the person is not at this server"),
    552: N_("the mailbox is full, or the letter too big"),
    553: N_("the address is not accepted"),
    554: N_("the server refuses the letter"),
}


def meaning(code: int, enhanced: str) -> str:
    """One short translated sentence without a full stop; `code` is 0 when no server answered."""
    subject, _dot, detail = enhanced.partition(".")[2].partition(".")
    words = _ENHANCED.get(f"{subject}.{detail}")
    # `x.0.0` says nothing: the basic code then says more.
    words = words or _BASIC.get(code) or _SUBJECTS.get(subject)
    if words:
        return _(words)
    if not code:
        return _("no server answered, or the address cannot be written to")
    return _("the server refused for good") if code >= 500 else _("the server asked to wait")
