"""ACK of a 2xx, both ways: RFC 3261 §13.2.2.4 and §13.3.1.4."""

from sip.dialogs import bye
from sip.dialogs.capabilities import session_of
from sip.dialogs.dialog import Dialog, cseq_number
from sip.dialogs.leg_events import Confirmed, Lost, OfferAnswered, OfferRefused
from sip.dialogs.offer_answer import Turn
from sip.dialogs.usage import IncomingInvite, InviteUsage, LegTimer
from sip.errors import NoAcknowledgement
from sip.message import Headers, Request, Response


def await_ack(usage: InviteUsage, incoming: IncomingInvite, ok: Response, now: float) -> None:
    """Start repeating our 2xx; no transaction does it, and not even TCP spares it."""
    incoming.accepted = ok
    incoming.wait_started_at = now
    incoming.repeat_after_s = usage.timer_values.t1_s
    usage.timers.stop(LegTimer.REPEAT_PROVISIONAL)
    usage.timers.start(LegTimer.REPEAT_OK, now + incoming.repeat_after_s)
    usage.timers.start(LegTimer.NO_ACK, now + usage.give_up_s)


def repeat_ok(usage: InviteUsage, now: float) -> None:
    incoming = usage.incoming
    if incoming is None or incoming.accepted is None:
        return
    usage.respond(incoming.transaction, incoming.accepted)
    incoming.repeat_after_s = min(2 * incoming.repeat_after_s, usage.timer_values.t2_s)
    usage.timers.start(LegTimer.REPEAT_OK, now + incoming.repeat_after_s)


def never_came(usage: InviteUsage) -> None:
    """64*T1 without ACK: the dialog exists, but the session is ended with BYE."""
    usage.incoming = None
    usage.timers.stop(LegTimer.REPEAT_OK)
    usage.tell(Lost(NoAcknowledgement(200, usage.give_up_s)))
    bye.send(usage, usage.leave_headers)


def received(usage: InviteUsage, request: Request) -> None:
    """The ACK that we wait for; any other is a repetition and means nothing."""
    incoming = usage.incoming
    if incoming is None or incoming.accepted is None:
        return
    if cseq_number(request) == cseq_number(incoming.request):
        acknowledged(usage, session_of(request))


def acknowledged(usage: InviteUsage, sdp: bytes) -> None:
    """Our 2xx has arrived: told by its ACK, or by a later INVITE of the peer's."""
    incoming = usage.incoming
    assert incoming is not None
    usage.incoming = None
    usage.timers.stop(LegTimer.REPEAT_OK)
    usage.timers.stop(LegTimer.NO_ACK)
    we_offered = usage.exchange.turn is Turn.THEIRS
    if we_offered:
        usage.exchange.answer_received()
    if usage.leaving:
        if usage.reports.open is None:
            bye.send(usage, usage.leave_headers)
        return
    if incoming.initial:
        usage.tell(Confirmed(sdp if we_offered else b""))
    elif we_offered:
        usage.tell(OfferAnswered(sdp) if sdp else OfferRefused(488))


def send_again(usage: InviteUsage, tag: str, number: int) -> bool:
    """Another copy of a 2xx gets the same ACK; false if none was sent yet."""
    request = usage.acks.get((tag, number))
    if request is not None:
        usage.send_ack(request)
    return request is not None


def send(
    usage: InviteUsage, dialog: Dialog, invite: Request, *, headers: Headers = (), body: bytes = b""
) -> None:
    """Acknowledge a 2xx to `invite`, with the credentials that the INVITE carried."""
    number = cseq_number(invite)
    credentials = tuple(
        pair for pair in invite.headers if pair[0] in ("Authorization", "Proxy-Authorization")
    )
    request = dialog.request("ACK", headers=(*credentials, *headers), body=body, cseq=number)
    usage.remember_ack(dialog.remote_tag, number, request)
    usage.send_ack(request)
