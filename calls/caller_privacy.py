"""Who a caller does not want to be known as: RFC 3323, RFC 3325.

Decided once: a caller from outside who hides is anonymous to everybody in the house, to events and
records too. Their number is kept nowhere but in their own INVITE, and leaves us only towards a
trunk that may know asserted identities. A phone of ours that hides is known to records, and
anonymous to whoever it calls.
"""

from dataclasses import dataclass
from typing import Final

from calls.faces import SipLeg
from calls.leg import Party
from sip.admission import TrunkIdentity
from sip.headers.name_addr import NameAddr, parse_name_addr
from sip.headers.privacy import ANONYMOUS, NOTHING_ASKED, Privacy, read_privacy
from sip.message import Request, header, header_or_none
from sip.uri import number_of, parse_uri

HIDDEN: Final = Party(ANONYMOUS)


@dataclass(frozen=True, slots=True)
class CallerPrivacy:
    """What a caller asked for.

    Attributes:
        behind: who a caller from a trunk is, whom we ourselves do not know.
    """

    wish: Privacy = NOTHING_ASKED
    behind: Party = Party("")  # noqa: RUF009  frozen


OPEN: Final = CallerPrivacy()


def privacy_of(sip: SipLeg) -> CallerPrivacy:
    """Of the leg's party; whom we called ourselves has asked for nothing."""
    if sip.identity is None:
        return OPEN
    wish = read_privacy(sip.invite)
    if not (wish.hides_caller and isinstance(sip.identity, TrunkIdentity)):
        return CallerPrivacy(wish)
    named = named_caller(sip.invite)
    return CallerPrivacy(wish, Party(number_of(parse_uri(named.uri)), named.display))


def named_caller(invite: Request) -> NameAddr:
    """A trunk's asserted identity (RFC 3325 §9.1) goes before From.

    Raises:
        MalformedMessage: it cannot be read.
    """
    asserted = header_or_none(invite, "P-Asserted-Identity")
    if asserted is not None:
        return parse_name_addr(asserted, "P-Asserted-Identity")
    return parse_name_addr(header(invite, "From"), "From")
