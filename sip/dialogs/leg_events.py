"""What a leg tells its owner. Exactly one of Rejected, HungUp and Lost ends it; nothing follows.

After the owner's own `hang_up()` or `reject()` nothing but `AnsweredLate` is told. Bodies are
opaque: b"" is "none was sent".
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from sip.admission import Identity
from sip.errors import SipError
from sip.message import Headers


@dataclass(frozen=True, slots=True)
class Ringing:
    """Outbound: a provisional response above 100; with `sdp` there may be early media."""

    status: int
    sdp: bytes = b""
    branch: str = field(default="", compare=False)
    """The peer's tag: which of a forked INVITE's early dialogs it is."""


@dataclass(frozen=True, slots=True)
class Trying:
    """Outbound: a 100 of the phone's own. One that may be a proxy's is not told."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Outbound: the first 2xx. `sdp` is the answer, or an offer when our INVITE had none:
    then the owner calls `accept_offer`, whose answer travels in the ACK."""

    sdp: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """Outbound: a final refusal; `local` marks our own 408 (silence) and 503 (no way there)."""

    status: int
    reason: str
    headers: Headers = ()
    local: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Inbound: the ACK to our 2xx came. `sdp` is the answer when the 2xx carried our offer."""

    sdp: bytes = b""


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """The peer's re-INVITE; answer by `accept_offer` or `refuse_offer`. b"" asks for our offer."""

    sdp: bytes


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The answer to the offer that `offer` sent, or that `accept_offer` put into our 2xx."""

    sdp: bytes


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """Our offer was refused; the session stays as it was. 488 when an ACK brought no answer."""

    status: int


@dataclass(frozen=True, slots=True)
class KeyByInfo:
    """One key by INFO: 0-9, *, #, A-D."""

    key: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """The peer understands no key by INFO, or not this one: `send_key` did nothing."""

    key: str
    duration_ms: int
    status: int


@dataclass(frozen=True, slots=True)
class HungUp:
    """The peer sent BYE, or CANCEL before we answered. `cause` is its Reason header, or ""."""

    cause: str = ""
    cancelled: bool = False
    headers: Headers = field(default=(), compare=False)
    """What of it may be told to the other side of a call."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The peer is gone without a word: no ACK, or a dialog that it no longer knows."""

    error: SipError


@dataclass(frozen=True, slots=True)
class Referred:
    """The peer asks us to call somebody for it, RFC 3515: answer by `accept_refer` or
    `refuse_refer`, and tell the outcome by `refer_progress`.

    Attributes:
        target: URI to call.
        replaces: of an attended transfer, the dialog to take over: a Replaces value, RFC 3891.
        referred_by: Referred-By value, RFC 3892.
        referrer: who sent it, as proved, when it came outside the dialog (RFC 4538): not yet known
            to be the peer.
    """

    target: str
    replaces: str = ""
    referred_by: str = ""
    referrer: Identity | None = None


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """The other end is somebody else now: the peer was transferred or picked up, RFC 4916."""

    user: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class ReferReported:
    """How the call goes that our REFER asked for; from 200 on it is the last word.

    Told from the peer's NOTIFY (RFC 3515 §2.4.5), or from its refusal of the REFER itself; 408
    when it ends its reports without a result.
    """

    status: int


@dataclass(frozen=True, slots=True)
class AnsweredLate:
    """Outbound: a 2xx crossed our CANCEL; it has been acknowledged and ended, RFC 3261 §9.1. The
    only event that is told after the owner's own `hang_up()`."""


LegEvent: TypeAlias = (
    Ringing
    | Trying
    | Answered
    | AnsweredLate
    | Rejected
    | Confirmed
    | OfferReceived
    | OfferAnswered
    | OfferRefused
    | KeyByInfo
    | KeyRefused
    | Referred
    | IdentityChanged
    | ReferReported
    | HungUp
    | Lost
)
