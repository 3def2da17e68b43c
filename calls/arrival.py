"""Who is calling whom: what an admitted INVITE says, read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calls.caller_privacy import HIDDEN, named_caller, privacy_of
from calls.faces import SipLeg
from calls.settings import PhoneSettings, TrunkSettings
from events.calls import Direction
from events.ids import PhoneId, TrunkName
from sip.admission import Identity, PhoneIdentity, TrunkIdentity
from sip.errors import MalformedMessage
from sip.headers.name_addr import parse_name_addr
from sip.headers.replaces import Replaces, parse_replaces
from sip.message import Request, header, header_or_none
from sip.redirection import Diversion, read_diversions
from sip.uri import number_of, parse_uri


@dataclass(frozen=True, slots=True)
class Arrival:
    """`number` and `name` are shown to who is called; `permissions` is what the plan asks for.

    Attributes:
        diversions: who passed the call on before it came to us, the last one first.
    """

    dialled: str
    number: str
    name: str
    trunk: TrunkName | None
    phone: PhoneId | None
    permissions: str
    diversions: tuple[Diversion, ...] = ()

    @property
    def line(self) -> tuple[str, str]:
        """The phone or trunk that the caller's leg occupies."""
        return ("trunk", self.trunk) if self.trunk is not None else ("phone", str(self.phone))


def read(
    sip: SipLeg,
    phones: Mapping[PhoneId, PhoneSettings],
    trunks: Mapping[TrunkName, TrunkSettings],
) -> Arrival:
    """Read an INVITE.

    Raises:
        MalformedMessage: a header that matters cannot be read.
    """
    diversions = read_diversions(sip.invite)
    match sip.identity:
        case PhoneIdentity(user):
            phone = PhoneId(user)
            settings = phones[phone]
            name = settings.display or user
            dialled = _dialled(sip, TrunkSettings().dialled_in, diversions)
            return Arrival(dialled, user, name, None, phone, settings.permissions, diversions)
        case TrunkIdentity(name):
            trunk = TrunkName(name)
            caller = named_caller(sip.invite)
            number, display = number_of(parse_uri(caller.uri)), caller.display
            if privacy_of(sip).wish.hides_caller:
                number, display = HIDDEN.number, HIDDEN.name
            dialled = _dialled(sip, trunks[trunk].dialled_in, diversions)
            return Arrival(dialled, number, display, trunk, None, name, diversions)
        case other:
            raise AssertionError(f"an INVITE was admitted as {other!r}")


def line_of(identity: Identity) -> tuple[str, str]:
    """The phone or trunk whose legs are those of whoever proved to be this."""
    match identity:
        case PhoneIdentity(user):
            return "phone", user
        case TrunkIdentity(trunk):
            return "trunk", trunk


def taken_over(sip: SipLeg) -> Replaces | None:
    """The dialog whose place the caller wants, RFC 3891 §3.

    Raises:
        MalformedMessage: it cannot be read, or there are several.
    """
    values = [value for name, value in sip.invite.headers if name == "Replaces"]
    if len(values) > 1:
        raise MalformedMessage("Replaces", "more than one", ", ".join(values))
    return parse_replaces(values[0]) if values else None


def direction_of(arrival: Arrival, route_kind: str) -> Direction:
    if arrival.trunk is not None:
        return Direction.INBOUND
    return Direction.OUTBOUND if route_kind == "trunk" else Direction.INTERNAL


def _dialled(sip: SipLeg, places: Sequence[str], diversions: Sequence[Diversion]) -> str:
    """The number in the first place that has one; "" where none has."""
    for place in places:
        if place == "diversion":
            number = diversions[-1].number if diversions else ""
        else:
            value = _PLACES[place](sip.invite)
            number = number_of(parse_uri(value)) if value else ""
        if number:
            return number
    return number_of(parse_uri(sip.invite.uri))


def _called_party(invite: Request) -> str:
    """RFC 7315 §4.2."""
    value = header_or_none(invite, "P-Called-Party-ID")
    return parse_name_addr(value, "P-Called-Party-ID").uri if value else ""


_PLACES: Final[Mapping[str, Callable[[Request], str]]] = {
    "request": lambda invite: invite.uri,
    "to": lambda invite: parse_name_addr(header(invite, "To"), "To").uri,
    "called_party": _called_party,
}
