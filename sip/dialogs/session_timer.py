"""Session timers: RFC 4028. A call whose other end is gone is noticed, whoever refreshes it.

The refresher asks again at half time, by UPDATE where the peer allows that, else by re-INVITE; the
other one ends the call when nothing came shortly before the time is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from sip.dialogs.errors import SessionExpired
from sip.dialogs.leg_timers import LegTimer
from sip.errors import MalformedMessage
from sip.grammar import parse_params
from sip.headers.numeric import parse_delta_seconds
from sip.message import (
    Headers,
    Message,
    Request,
    Response,
    header_or_none,
    header_values,
    response_to,
)
from sip.timers import TimerTable

Role = Literal["uac", "uas"]

SHORTEST_S: Final = 90
"""Nobody may ask for less, §4."""

LONGEST_S: Final = 86_400
EXPIRE_EARLY_S: Final = 32.0


@dataclass(slots=True)
class SessionTimer:
    """Attributes:
    wanted_s: what we ask for; 0 asks for nothing, and still obliges the peer.
    minimum_s: a shorter one is refused with 422.
    agreed_s: None while there is no timer.
    we_refresh: whose work it is.
    peer_updates: whether the peer takes UPDATE.
    """

    wanted_s: int = 0
    minimum_s: int = SHORTEST_S
    agreed_s: int | None = None
    we_refresh: bool = False
    peer_updates: bool = False

    def snapshot(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def restore(cls, data: Mapping[str, Any]) -> "SessionTimer":
        return cls(**data)


class Timed(Protocol):
    """What we need of an INVITE usage."""

    session: SessionTimer
    timers: TimerTable[LegTimer]


def read(value: str) -> tuple[int, Role | None]:
    """A Session-Expires value: seconds, and who refreshes.

    Raises:
        MalformedMessage: no number, or a parameter that cannot be read.
    """
    seconds, _, rest = value.partition(";")
    refresher = (parse_params(rest, "Session-Expires") if rest else {}).get("refresher")
    role: Role | None = None
    if refresher is not None and refresher.lower() in ("uac", "uas"):
        role = "uac" if refresher.lower() == "uac" else "uas"
    return parse_delta_seconds(seconds, "Session-Expires"), role


def request_headers(timer: SessionTimer) -> Headers:
    """What our INVITE or UPDATE asks for: the first time, or once more, §7.4."""
    if timer.agreed_s is None:
        if not timer.wanted_s:
            return ()
        asked = f"{max(timer.wanted_s, timer.minimum_s)}"
    else:
        asked = f"{timer.agreed_s};refresher={'uac' if timer.we_refresh else 'uas'}"
    return (("Session-Expires", asked), ("Min-SE", str(timer.minimum_s)))


def refusal(timer: SessionTimer, request: Request, *, to_tag: str | None = None) -> Response | None:
    """422 to a session shorter than we allow, from those who understand that, §9."""
    value = header_or_none(request, "Session-Expires")
    if value is None or not _supports(request):
        return None
    if read(value)[0] >= timer.minimum_s:
        return None
    headers = (("Min-SE", str(timer.minimum_s)),)
    return response_to(request, 422, to_tag=to_tag, headers=headers)


def answer_headers(usage: Timed, request: Request, now: float) -> Headers:
    """What our 2xx to an INVITE or UPDATE says, §9; the timer runs from now on."""
    timer = usage.session
    _note_peer(timer, request)
    asked = _asked(request)
    supported = _supports(request)
    if asked is None and not (timer.wanted_s and supported):
        stop(usage)
        return ()
    if asked is None:
        seconds, role = timer.wanted_s, "uas"
    else:
        asked_s, asked_role = asked
        seconds = max(asked_s, timer.minimum_s)
        role = asked_role or ("uac" if supported else "uas")
    _run(usage, min(seconds, LONGEST_S), role == "uas", now)
    required: Headers = (("Require", "timer"),) if role == "uac" else ()
    return (("Session-Expires", f"{timer.agreed_s};refresher={role}"), *required)


def _asked(request: Request) -> tuple[int, Role | None] | None:
    """What a peer that does not even support timers writes need not make sense: then it is as if
    it had said nothing. From those who do, `refusal` has taken offence."""
    value = header_or_none(request, "Session-Expires")
    try:
        return None if value is None else read(value)
    except MalformedMessage:
        return None


def accepted(usage: Timed, response: Response, now: float) -> None:
    """The 2xx to our INVITE or UPDATE says what holds, §7.2."""
    timer = usage.session
    _note_peer(timer, response)
    value = header_or_none(response, "Session-Expires")
    try:
        seconds, role = read(value) if value is not None else (0, None)
    except MalformedMessage:
        seconds, role = 0, None
    if seconds <= 0:
        stop(usage)
        return
    _run(usage, min(max(seconds, SHORTEST_S), LONGEST_S), role != "uas", now)


def raised(timer: SessionTimer, response: Response) -> bool:
    """Take the Min-SE of a 422; false if it asks for what we do not do, §7.3."""
    value = header_or_none(response, "Min-SE")
    try:
        minimum_s = parse_delta_seconds((value or "").partition(";")[0], "Min-SE")
    except MalformedMessage:
        return False
    if not timer.minimum_s < minimum_s <= LONGEST_S:
        return False
    timer.minimum_s = minimum_s
    if timer.agreed_s is not None:
        timer.agreed_s = max(timer.agreed_s, minimum_s)
    return True


def resume(usage: Timed, now: float) -> None:
    """Run again in a new process, as if it had just been refreshed."""
    if usage.session.agreed_s is not None:
        _run(usage, usage.session.agreed_s, usage.session.we_refresh, now)


def stop(usage: Timed) -> None:
    usage.session.agreed_s = None
    usage.timers.stop(LegTimer.REFRESH_SESSION)
    usage.timers.stop(LegTimer.SESSION_EXPIRES)


def expired(usage: Timed) -> SessionExpired:
    assert usage.session.agreed_s is not None
    return SessionExpired(usage.session.agreed_s)


def _run(usage: Timed, seconds: int, we_refresh: bool, now: float) -> None:
    usage.session.agreed_s, usage.session.we_refresh = seconds, we_refresh
    usage.timers.stop(LegTimer.REFRESH_SESSION)
    usage.timers.stop(LegTimer.SESSION_EXPIRES)
    if we_refresh:
        usage.timers.start(LegTimer.REFRESH_SESSION, now + seconds / 2)
    usage.timers.start(LegTimer.SESSION_EXPIRES, now + seconds - min(EXPIRE_EARLY_S, seconds / 3))


def _note_peer(timer: SessionTimer, message: Message) -> None:
    if header_or_none(message, "Allow") is not None:
        timer.peer_updates = "UPDATE" in header_values(message, "Allow")


def _supports(request: Request) -> bool:
    tags = (*header_values(request, "Supported"), *header_values(request, "Require"))
    return any(tag.lower() == "timer" for tag in tags)
