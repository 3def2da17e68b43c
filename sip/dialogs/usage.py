"""The state of one INVITE usage, from the first INVITE to the last BYE: a leg's memory.

The verbs (`invite`, `reinvite`, `ack`, `bye`, `cancel`, `info`) are functions over it, one file
each; `leg` puts them together. Nothing here decides anything.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Protocol

from sip.dialogs.dialog import Dialog
from sip.dialogs.effects import (
    DialogEffect,
    End,
    Respond,
    SendAck,
    SendRequest,
    Tell,
    TransactionKey,
)
from sip.dialogs.leg_events import HungUp, KeyByInfo, LegEvent, Lost, Rejected
from sip.dialogs.leg_timers import LegTimer as LegTimer
from sip.dialogs.offer_answer import OfferAnswer
from sip.dialogs.refer_reports import ReferReports
from sip.dialogs.session_timer import SessionTimer
from sip.message import Headers, Request, Response
from sip.timers import TimerTable, TimerValues

MAX_EARLY_DIALOGS: Final = 16
"""Branches of one forked INVITE that we remember; later ones are still acknowledged and ended."""

MAX_ACKS: Final = 8
"""ACKs kept for retransmitted 2xx."""


class RandomSource(Protocol):
    """What we need of `random.Random`; its owner decides whether it is predictable."""

    def randint(self, first: int, last: int, /) -> int: ...


class Stage(Enum):
    EARLY = auto()  # no final response to the first INVITE yet
    CONFIRMED = auto()  # 2xx sent or received
    LEAVING = auto()  # our BYE is out
    ENDED = auto()


@dataclass(slots=True)
class IncomingInvite:
    """The peer's INVITE that we serve: the first, or a re-INVITE.

    Attributes:
        offer: its session description; b"" asks for ours.
        accepted: our 2xx, while its ACK is awaited.
    """

    request: Request
    transaction: TransactionKey
    offer: bytes
    initial: bool
    provisional: Response | None = None
    accepted: Response | None = None
    repeat_after_s: float = 0.0
    wait_started_at: float = 0.0


@dataclass(slots=True)
class OutgoingInvite:
    """Our INVITE without a final response, or with a 2xx whose offer we still have to answer.

    Attributes:
        offer: what it carries; b"" when the peer shall offer.
        provisional: whether it may be cancelled by now, §9.1.
        accepted: the 2xx that brought an offer.
        refresh: it only keeps the session alive; nobody is told of it.
    """

    request: Request
    offer: bytes
    initial: bool
    provisional: bool = False
    accepted: Response | None = None
    refresh: bool = False


@dataclass(slots=True)
class IncomingRequest:
    """A request of the peer's, other than INVITE, that its owner still has to answer."""

    request: Request
    transaction: TransactionKey


@dataclass(slots=True)
class ReliableProvisionals:
    """Provisional responses that the caller has to acknowledge, RFC 3262 §3, one at a time.

    Attributes:
        rseq: of the latest one sent.
        waiting: sent and not acknowledged, and those after it.
        answer: the final answer, which waits for them: its description and headers.
        always: our operator demands them of every caller.
    """

    rseq: int = 0
    waiting: list[Response] = field(default_factory=list)
    repeat_after_s: float = 0.0
    answer: tuple[bytes, Headers] | None = None
    always: bool = False


@dataclass(slots=True)
class InviteUsage:
    """Everything a leg remembers.

    Attributes:
        local_tag: ours, in every dialog of this usage.
        contact: our Contact value.
        invite: the first INVITE; after a challenge, the one with credentials.
        authorise: answers a 401 or 407; None when there are no credentials for it.
        challenged: a request was already answered once with credentials.
        early: sdp of the last provisional response by the peer's tag.
        acks: by the peer's tag and CSeq number.
        owner_gone: the owner was told the end, or ended the leg itself; it hears nothing more.
        leave_headers: headers of a BYE or CANCEL that has to wait.
        leaving: the owner hung up while the RFC makes us wait: for a provisional response
            before a CANCEL; before a BYE, for the ACK or for the answer to a NOTIFY.
        next_offer: what the owner wants to offer as soon as nothing is in the way.
        glare: a 491 came, and the wait after it is not over.
        early_dialogs: of branches that sent reliable provisional responses, by the peer's tag.
        rseqs: the RSeq that we acknowledged last, likewise.
        update: the peer's UPDATE whose offer the owner has not answered.
        refer: the peer's REFER that the owner has not answered.
        reports: what the peer is told of the call that its REFER asked for.
        referring: our REFER, until the peer has told how the call that it asked for went.
        keys: those that the peer is to be told by INFO, the one that is on its way first.
        informing: our INFO about that one.
        refresh: our UPDATE that keeps the session alive.
        local_sdp: our latest description that holds, for a refresh by re-INVITE.
        shown: who the peer is to show now, as (user, display); None as long as the first INVITE
            says it all.
        shown_late: it changed after the answer and has not been sent yet.
        peer_takes_from: From may change inside the dialog, RFC 4916.
        peer_named: the URI and name of who the peer said it is; None if nobody knows.
    """

    call_id: str
    local_tag: str
    contact: str
    invite: Request
    timer_values: TimerValues
    provisional_every_s: float
    rng: RandomSource
    stage: Stage = Stage.EARLY
    owns_call_id: bool = False
    dialog: Dialog | None = None
    incoming: IncomingInvite | None = None
    outgoing: OutgoingInvite | None = None
    bye: Request | None = None
    authorise: Callable[[Request, Response], Headers | None] | None = None
    challenged: set[str] = field(default_factory=set)
    early: dict[str, bytes] = field(default_factory=dict)
    acks: dict[tuple[str, int], Request] = field(default_factory=dict)
    exchange: OfferAnswer = field(default_factory=OfferAnswer)
    owner_gone: bool = False
    leaving: bool = False
    leave_headers: Headers = ()
    next_offer: bytes | None = None
    glare: bool = False
    reliable: ReliableProvisionals = field(default_factory=ReliableProvisionals)
    early_dialogs: dict[str, Dialog] = field(default_factory=dict)
    rseqs: dict[str, int] = field(default_factory=dict)
    session: SessionTimer = field(default_factory=SessionTimer)
    update: IncomingRequest | None = None
    refer: IncomingRequest | None = None
    reports: ReferReports = field(default_factory=ReferReports)
    referring: Request | None = None
    keys: deque[KeyByInfo] = field(default_factory=deque)
    informing: Request | None = None
    refresh: Request | None = None
    local_sdp: bytes = b""
    shown: tuple[str, str] | None = None
    shown_late: bool = False
    peer_takes_from: bool = False
    peer_named: tuple[str, str] | None = None
    timers: TimerTable[LegTimer] = field(default_factory=TimerTable)
    outbox: list[DialogEffect] = field(default_factory=list)

    @property
    def established(self) -> Dialog:
        """The confirmed dialog; asking for it before there is one is our own bug."""
        assert self.dialog is not None
        return self.dialog

    @property
    def give_up_s(self) -> float:
        return 64 * self.timer_values.t1_s

    def tell(self, event: LegEvent) -> None:
        """Report, unless the owner has left; the last report ends its interest."""
        if self.owner_gone:
            return
        self.owner_gone = isinstance(event, Rejected | HungUp | Lost)
        self.outbox.append(Tell(event))

    def tell_late(self, event: LegEvent) -> None:
        """Report to an owner who has left."""
        self.outbox.append(Tell(event))

    def send(self, request: Request) -> None:
        self.outbox.append(SendRequest(request))

    def send_ack(self, ack: Request) -> None:
        self.outbox.append(SendAck(ack))

    def remember_ack(self, tag: str, number: int, ack: Request) -> None:
        """Keep it for the next copy of the same 2xx; the oldest gives way."""
        if len(self.acks) >= MAX_ACKS:
            del self.acks[next(iter(self.acks))]
        self.acks[tag, number] = ack

    def respond(self, transaction: TransactionKey, response: Response) -> None:
        self.outbox.append(Respond(transaction, response))

    def answer_challenge(self, request: Request, response: Response) -> Headers | None:
        """Credentials for one more try; None without any, or when they were refused already."""
        if self.authorise is None or request.method in self.challenged:
            return None
        self.challenged.add(request.method)
        return self.authorise(request, response)

    def end(self) -> None:
        if self.stage is not Stage.ENDED:
            self.stage = Stage.ENDED
            self.timers.clear()
            self.outbox.append(End())

    def take_outbox(self) -> list[DialogEffect]:
        effects, self.outbox = self.outbox, []
        return effects
