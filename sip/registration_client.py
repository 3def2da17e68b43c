"""Our own registration at a registrar, as a machine: RFC 3261 §10.2.

    RESTING ──start, retry──> ASKING ──2xx──> REGISTERED ──refresh──> ASKING
       └───refused, silence──────┤
                                 └──refused, silence, another registrar is left──> ASKING
    any, with something registered ──stop──> LEAVING ──any final answer──> GONE

One request is open at a time, §10.2: a `stop` meanwhile waits for its answer. The owner sends
what `Ask` holds, adding Via, and reports by the very same request.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, Protocol, TypeAlias

from sip.errors import MalformedMessage, SipError
from sip.headers.name_addr import parse_name_addr
from sip.headers.numeric import parse_delta_seconds, parse_retry_after
from sip.location import same_contact
from sip.message import Headers, Request, Response, header_or_none, header_values

RETRY_FIRST_S: Final = 30.0
"""Longest pause after all registrars failed once; it doubles with each further round, and half to
all of it is waited, so that a carrier that comes back is not met by all at once: RFC 5626 §4.5."""

RETRY_LONGEST_S: Final = 1800.0
REFRESH_EARLY_S: Final = 60.0
"""A registration is refreshed this long before it expires, or at half time if that is later."""

LONGEST_EXPIRES_S: Final = 86_400
"""What a registrar may demand of us by Min-Expires; more is taken as a refusal."""

Authorise: TypeAlias = Callable[[Request, Response], Headers | None]
"""The header that answers a 401 or 407; None when nothing that it offers can be answered."""


class State(Enum):
    RESTING = auto()
    ASKING = auto()
    REGISTERED = auto()
    LEAVING = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Registered:
    """The registrar knows where we are, for so many seconds; told again at each refresh."""

    expires_s: int


@dataclass(frozen=True, slots=True)
class NotRegistered:
    """It refused, or is silent (408) or out of reach (503). After `retry_s` it is asked again, or
    the next registrar at once."""

    status: int
    reason: str
    retry_s: float


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The answer to `stop`: nothing more is told."""


RegistrationEvent: TypeAlias = Registered | NotRegistered | Unregistered


@dataclass(frozen=True, slots=True)
class Ask:
    """Start a client transaction."""

    request: Request


@dataclass(frozen=True, slots=True)
class Tell:
    event: RegistrationEvent


RegistrationEffect: TypeAlias = Ask | Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """Who registers where.

    Attributes:
        registrars: Request-URIs without a user, such as "sip:example.com", the preferred one
            first. Whichever took the registration keeps it until it fails.
        aor: address of record: "sip:2001@example.com".
        contact: URI under which we are to be found.
        call_id, local_tag: of all requests of this registration, §10.2.
        route: Route header values.
    """

    registrars: tuple[str, ...]
    aor: str
    contact: str
    call_id: str
    local_tag: str
    expires_s: int = 300
    route: tuple[str, ...] = ()


class Dice(Protocol):
    """`random.Random`."""

    def random(self) -> float: ...


class RegistrationClient:
    """`authorise` answers challenges; None if we have no credentials."""

    def __init__(
        self, registering: Registering, authorise: Authorise | None = None, *, dice: Dice
    ) -> None:
        self.state = State.RESTING
        self._what = registering
        self._dice = dice
        self._at = self._bound_at = 0  # which registrar is asked, and which holds our binding
        self._failed_in_a_row = 0
        self._authorise = authorise
        self._expires_s = registering.expires_s
        self._cseq = 0
        self._open: Request | None = None
        self._round = _Round()
        self._stopping = False
        self._bound = False  # the registrar may hold a binding of ours
        self._rounds = 0  # in which all registrars failed
        self._due: float | None = None

    def found_at(self, contact: str) -> None:
        """Our Contact as the hop that was found can reach it; the request carries it by now."""
        self._what = replace(self._what, contact=parse_name_addr(contact, "Contact").uri)

    def start(self) -> list[RegistrationEffect]:
        """Ask for the first time; harmless when it was started before."""
        return self._ask() if self.state is State.RESTING and self._cseq == 0 else []

    def stop(self) -> list[RegistrationEffect]:
        """Take our contact away again."""
        if self._stopping:
            return []
        self._stopping, self._due = True, None
        return [] if self._open is not None else self._leave()

    def receive(self, request: Request, response: Response, now: float) -> list[RegistrationEffect]:
        """Take a response to a request that `Ask` held."""
        if request is not self._open or response.status < 200:
            return []
        self._open = None
        again = self._better(request, response)
        if again is not None:
            return again
        if self.state is State.LEAVING:
            return self._gone()
        if response.status < 300:
            return self._accepted(response, now)
        return self._refused(response.status, response.reason, _retry_after(response), now)

    def failed(self, request: Request, error: SipError, now: float) -> list[RegistrationEffect]:
        """No response came, or the request could not be sent."""
        if request is not self._open:
            return []
        self._open = None
        if self.state is State.LEAVING:
            return self._gone()
        return self._refused(error.status, str(error), None, now)

    def next_deadline(self) -> float | None:
        return self._due

    def handle_timers(self, now: float) -> list[RegistrationEffect]:
        """Refresh, or try again."""
        if self._due is None or now < self._due:
            return []
        self._due = None
        return self._ask()

    def _accepted(self, response: Response, now: float) -> list[RegistrationEffect]:
        self.state, self._bound, self._bound_at = State.REGISTERED, True, self._at
        self._failed_in_a_row = self._rounds = 0
        granted_s = self._granted_s(response)
        self._due = now + max(granted_s / 2, granted_s - REFRESH_EARLY_S)
        told: list[RegistrationEffect] = [Tell(Registered(granted_s))]
        return [*told, *self._leave()] if self._stopping else told

    def _refused(
        self, status: int, reason: str, retry_after_s: int | None, now: float
    ) -> list[RegistrationEffect]:
        self.state = State.RESTING
        registrars = len(self._what.registrars)
        self._at = (self._at + 1) % registrars
        self._failed_in_a_row += 1
        if self._stopping:
            return self._leave()
        if self._failed_in_a_row % registrars:
            return [Tell(NotRegistered(status, reason, 0.0)), *self._ask()]
        retry_s = self._pause_s(retry_after_s)
        self._rounds += 1
        self._due = now + retry_s
        return [Tell(NotRegistered(status, reason, retry_s))]

    def _pause_s(self, retry_after_s: int | None) -> float:
        longest_s = min(RETRY_FIRST_S * 2.0 ** min(self._rounds, 10), RETRY_LONGEST_S)
        pause_s = longest_s * (1 + self._dice.random()) / 2
        return min(max(pause_s, retry_after_s or 0), RETRY_LONGEST_S)

    def _better(self, request: Request, response: Response) -> list[RegistrationEffect] | None:
        """The same question again as the registrar wants it; None if that would not help."""
        if response.status in (401, 407) and self._authorise is not None:
            if self._round.answered_challenge:
                return None  # our credentials are wrong, §22.1
            proof = self._authorise(request, response)
            if proof is None:
                return None
            self._round.answered_challenge, self._round.proof = True, proof
            return [self._send()]
        if response.status == 423 and not self._round.lengthened:
            minimum_s = _seconds(header_or_none(response, "Min-Expires"), "Min-Expires")
            if minimum_s is None or not self._expires_s < minimum_s <= LONGEST_EXPIRES_S:
                return None
            self._round = _Round(lengthened=True)
            self._expires_s = minimum_s
            return [self._send()]
        return None

    def _ask(self) -> list[RegistrationEffect]:
        self.state, self._round = State.ASKING, _Round()
        return [self._send()]

    def _leave(self) -> list[RegistrationEffect]:
        """With nothing registered there is nothing to take away."""
        self._due = None
        if not self._bound:
            return self._gone()
        self.state, self._round = State.LEAVING, _Round()
        self._at = self._bound_at
        return [self._send()]

    def _gone(self) -> list[RegistrationEffect]:
        self.state = State.GONE
        return [Tell(Unregistered())]

    def _send(self) -> Ask:
        what = self._what
        self._cseq += 1
        expires_s = 0 if self.state is State.LEAVING else self._expires_s
        headers = (
            *(("Route", route) for route in what.route),
            ("Max-Forwards", "70"),
            ("From", f"<{what.aor}>;tag={what.local_tag}"),
            ("To", f"<{what.aor}>"),
            ("Call-ID", what.call_id),
            ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", f"<{what.contact}>"),
            ("Expires", str(expires_s)),
            *self._round.proof,
        )
        self._open = Request("REGISTER", what.registrars[self._at], headers)
        return Ask(self._open)

    def _granted_s(self, response: Response) -> int:
        """By our own contact in the answer, else by Expires, else what we asked for, §10.2.4."""
        granted_s = _seconds(header_or_none(response, "Expires"), "Expires")
        for value in header_values(response, "Contact"):
            try:
                contact = parse_name_addr(value, "Contact")
            except MalformedMessage:
                continue
            if same_contact(contact.uri, self._what.contact):
                granted_s = _seconds(contact.params.get("expires"), "Contact") or granted_s
        return min(max(1, granted_s or self._expires_s), LONGEST_EXPIRES_S)


@dataclass(slots=True)
class _Round:
    """What was tried already since the last start or refresh."""

    answered_challenge: bool = False
    lengthened: bool = False
    proof: Headers = ()


def _retry_after(response: Response) -> int | None:
    value = header_or_none(response, "Retry-After")
    try:
        return None if value is None else parse_retry_after(value)
    except MalformedMessage:
        return None


def _seconds(value: str | None, element: str) -> int | None:
    try:
        return None if value is None else parse_delta_seconds(value, element)
    except MalformedMessage:
        return None
