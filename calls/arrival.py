"""Who is calling whom: what an admitted INVITE says, read once."""

from collections.abc import Mapping
from dataclasses import dataclass

from calls.faces import SipLeg
from calls.settings import PhoneSettings
from events.calls import Direction
from events.ids import PhoneId, TrunkName
from sip.admission import PhoneIdentity, TrunkIdentity
from sip.headers.name_addr import NameAddr, parse_name_addr
from sip.message import header, header_or_none
from sip.uri import parse_uri


@dataclass(frozen=True, slots=True)
class Arrival:
    """`number` and `name` are shown to who is called; `permissions` is what the plan asks for."""

    dialled: str
    number: str
    name: str
    trunk: TrunkName | None
    phone: PhoneId | None
    permissions: str


def read(sip: SipLeg, phones: Mapping[PhoneId, PhoneSettings]) -> Arrival:
    """Read an INVITE.

    Raises:
        MalformedMessage: a header that matters cannot be read.
    """
    match sip.identity:
        case PhoneIdentity(user):
            phone = PhoneId(user)
            settings = phones[phone]
            name = settings.display or user
            return Arrival(_dialled(sip), user, name, None, phone, settings.permissions)
        case TrunkIdentity(trunk):
            caller = _caller(sip)
            number = parse_uri(caller.uri).user
            return Arrival(_dialled(sip), number, caller.display, TrunkName(trunk), None, trunk)
        case other:
            raise AssertionError(f"an INVITE was admitted as {other!r}")


def direction_of(arrival: Arrival, route_kind: str) -> Direction:
    if arrival.trunk is not None:
        return Direction.INBOUND
    return Direction.OUTBOUND if route_kind == "trunk" else Direction.INTERNAL


def _dialled(sip: SipLeg) -> str:
    """The Request-URI's user; a trunk that registers may put the number into To alone."""
    user = parse_uri(sip.invite.uri).user
    return user or parse_uri(parse_name_addr(header(sip.invite, "To"), "To").uri).user


def _caller(sip: SipLeg) -> NameAddr:
    """A trunk's asserted identity (RFC 3325 §9.1) goes before From."""
    asserted = header_or_none(sip.invite, "P-Asserted-Identity")
    if asserted is not None:
        return parse_name_addr(asserted, "P-Asserted-Identity")
    return parse_name_addr(header(sip.invite, "From"), "From")
