"""re-INVITE, both ways, one at a time: RFC 3261 §14."""

from contextlib import suppress
from typing import Final

from sip.dialogs import ack, bye, identity, session_timer
from sip.dialogs.capabilities import CAPABILITIES, SESSION, body_refusal, session_of
from sip.dialogs.dialog import contact_uri
from sip.dialogs.effects import TransactionKey
from sip.dialogs.errors import DialogGone
from sip.dialogs.leg_events import Lost, OfferAnswered, OfferReceived, OfferRefused
from sip.dialogs.offer_answer import Turn
from sip.dialogs.usage import IncomingInvite, InviteUsage, LegTimer, OutgoingInvite, Stage
from sip.errors import MalformedMessage, SipError
from sip.headers.name_addr import parse_name_addr
from sip.message import Headers, Request, Response, header, response_to

GLARE_STEP_S: Final = 0.01
REFRESH_AGAIN_S: Final = 5.0


def offer(usage: InviteUsage, sdp: bytes) -> None:
    """Offer as soon as nothing is in the way; a newer wish replaces one that still waits."""
    usage.next_offer = sdp


def send_next(usage: InviteUsage) -> None:
    """Send the offer that waits, unless an INVITE is open in either direction, §14.1."""
    sdp = usage.next_offer
    open_here = usage.incoming or usage.outgoing or usage.update
    in_the_way = open_here or usage.glare or usage.owner_gone
    if sdp is None or in_the_way or usage.stage is not Stage.CONFIRMED:
        return
    usage.next_offer = None
    usage.challenged.discard("INVITE")
    if sdp:
        usage.exchange.offer_sent()
    _send(usage, sdp, ())


def received(usage: InviteUsage, request: Request, transaction: TransactionKey) -> None:
    """The peer offers anew, or asks us to."""
    if usage.outgoing is not None:
        usage.respond(transaction, response_to(request, 491))
        return
    if usage.incoming is not None and not _settle_earlier(usage, request, transaction):
        return
    refusal = body_refusal(request) or session_timer.refusal(usage.session, request)
    if refusal is not None:
        usage.respond(transaction, refusal)
        return
    try:
        contact_uri(request)
    except MalformedMessage as error:
        usage.respond(transaction, response_to(request, error.status))
        return
    sdp = session_of(request)
    usage.incoming = IncomingInvite(request, transaction, sdp, initial=False)
    identity.received(usage, request)
    if sdp:
        usage.exchange.offer_received()
    usage.tell(OfferReceived(sdp))


def accept(usage: InviteUsage, sdp: bytes, now: float) -> None:
    """Our answer, or our offer where the peer made none."""
    outgoing, incoming = usage.outgoing, usage.incoming
    if outgoing is not None and outgoing.accepted is not None:
        usage.outgoing = None
        usage.exchange.answer_sent()
        usage.local_sdp = sdp
        ack.send(usage, usage.established, outgoing.request, headers=(SESSION,), body=sdp)
    elif incoming is not None and not incoming.initial and incoming.accepted is None:
        if incoming.offer:
            usage.exchange.answer_sent()
        else:
            usage.exchange.offer_sent()
        usage.established.refresh_target(incoming.request)
        usage.local_sdp = sdp
        timer = session_timer.answer_headers(usage, incoming.request, now)
        headers = (("Contact", usage.contact), *CAPABILITIES, *timer, SESSION)
        ok = response_to(incoming.request, 200, headers=headers, body=sdp)
        usage.respond(incoming.transaction, ok)
        ack.await_ack(usage, incoming, ok, now)


def refuse(usage: InviteUsage, status: int) -> None:
    """Leave the session as it is. An offer that came in a 2xx cannot be refused but by BYE."""
    outgoing, incoming = usage.outgoing, usage.incoming
    if outgoing is not None and outgoing.accepted is not None:
        usage.owner_gone = True
        acknowledge_without_answer(usage)
        bye.send(usage)
    elif incoming is not None and not incoming.initial and incoming.accepted is None:
        usage.incoming = None
        usage.exchange.rolled_back()
        usage.respond(incoming.transaction, response_to(incoming.request, status))


def acknowledge_without_answer(usage: InviteUsage) -> None:
    """The 2xx with an offer must be acknowledged even if the call ends right here."""
    outgoing = usage.outgoing
    if outgoing is not None and outgoing.accepted is not None:
        usage.outgoing = None
        usage.exchange.rolled_back()
        ack.send(usage, usage.established, outgoing.request)


def response(usage: InviteUsage, request: Request, response: Response, now: float) -> None:
    """A response to our re-INVITE."""
    outgoing = usage.outgoing
    current = outgoing is not None and outgoing.request is request and not outgoing.accepted
    if 200 <= response.status < 300:
        if current:
            session_timer.accepted(usage, response, now)
            _accepted(usage, response)
        elif outgoing is None or outgoing.request is not request:
            _acknowledge_late(usage, request, response)
    elif outgoing is None or not current:
        return
    elif response.status < 200:
        outgoing.provisional = True
    else:
        _refused(usage, outgoing, response, now)


def failed(usage: InviteUsage, request: Request, error: SipError) -> None:
    """No final response, or no way there: the dialog is given up, §14.1."""
    if usage.outgoing is not None and usage.outgoing.request is request:
        _give_up(usage, error)


def retry(usage: InviteUsage) -> None:
    """The wait after a 491 is over; the caller of `send_next` does the rest."""
    usage.glare = False


def refresh(usage: InviteUsage) -> None:
    """Keep the session alive by offering once more what holds already, RFC 4028 §7.4."""
    usage.challenged.discard("INVITE")
    usage.exchange.offer_sent()
    _send(usage, usage.local_sdp, (), refresh=True)


def _send(usage: InviteUsage, sdp: bytes, headers: Headers, *, refresh: bool = False) -> None:
    session: Headers = (SESSION,) if sdp else ()
    identity.change_from(usage)
    told = (*identity.headers(usage), *session_timer.request_headers(usage.session))
    request = usage.established.request(
        "INVITE", headers=(*headers, *CAPABILITIES, *told, *session), body=sdp
    )
    usage.shown_late = False
    usage.outgoing = OutgoingInvite(request, sdp, initial=False, refresh=refresh)
    usage.send(request)


def _settle_earlier(usage: InviteUsage, request: Request, transaction: TransactionKey) -> bool:
    """Whether a re-INVITE may be served although an earlier INVITE of the peer's is still open."""
    assert usage.incoming is not None
    if usage.incoming.accepted is None:  # §14.2
        retry_after = (("Retry-After", str(usage.rng.randint(0, 10))),)
        usage.respond(transaction, response_to(request, 500, headers=retry_after))
        return False
    if usage.exchange.turn is Turn.THEIRS:  # the ACK would bring the answer: RFC 5407 §3.1.4
        usage.respond(transaction, response_to(request, 491))
        return False
    ack.acknowledged(usage, b"")  # its ACK was lost or overtaken, but our 2xx must have arrived
    if usage.stage is not Stage.CONFIRMED:
        usage.respond(transaction, response_to(request, 487))
        return False
    return True


def _accepted(usage: InviteUsage, response: Response) -> None:
    outgoing = usage.outgoing
    assert outgoing is not None
    with suppress(MalformedMessage):  # the old target still holds
        usage.established.refresh_target(response)
    sdp = session_of(response)
    if not outgoing.offer and sdp:
        outgoing.accepted = response
        usage.exchange.offer_received()
        usage.tell(OfferReceived(sdp))
        return
    usage.outgoing = None
    usage.exchange.rolled_back()  # answered, or refused by saying nothing
    ack.send(usage, usage.established, outgoing.request)
    if sdp and outgoing.offer:
        usage.local_sdp = outgoing.offer
    if outgoing.refresh:
        return
    usage.tell(OfferAnswered(sdp) if sdp else OfferRefused(488))


def _acknowledge_late(usage: InviteUsage, request: Request, response: Response) -> None:
    """A copy of a 2xx, or the first one of an INVITE that outlived the call."""
    tag = parse_name_addr(header(response, "To"), "To").tag or ""
    number = int(header(request, "CSeq").split()[0])
    if not ack.send_again(usage, tag, number):
        ack.send(usage, usage.established, request)


def _refused(usage: InviteUsage, outgoing: OutgoingInvite, response: Response, now: float) -> None:
    status = response.status
    if status in (401, 407) and (credentials := usage.answer_challenge(outgoing.request, response)):
        _send(usage, outgoing.offer, credentials, refresh=outgoing.refresh)
        return
    if status == 422 and session_timer.raised(usage.session, response):
        _send(usage, outgoing.offer, (), refresh=outgoing.refresh)
        return
    if status in (408, 481):
        _give_up(usage, DialogGone("INVITE", status))
        return
    usage.outgoing = None
    usage.exchange.rolled_back()
    if outgoing.refresh:
        if usage.session.agreed_s is not None or status == 491:
            usage.timers.start(LegTimer.REFRESH_SESSION, now + REFRESH_AGAIN_S)
    elif status == 491:
        _wait_after_glare(usage, now)
        if usage.next_offer is None:
            usage.next_offer = outgoing.offer
    else:
        usage.tell(OfferRefused(status))


def _wait_after_glare(usage: InviteUsage, now: float) -> None:
    """Who made the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms, §14.1."""
    first, last = (210, 400) if usage.owns_call_id else (0, 200)
    usage.glare = True
    wait_s = usage.rng.randint(first, last) * GLARE_STEP_S
    usage.timers.start(LegTimer.RETRY_OFFER, now + wait_s)


def _give_up(usage: InviteUsage, error: SipError) -> None:
    usage.outgoing = None
    usage.exchange.rolled_back()
    usage.tell(Lost(error))
    bye.send(usage)
