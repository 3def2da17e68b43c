"""UPDATE, both ways: RFC 3311; and answers to offers in PRACK, which work alike.

The peer's may carry an offer; ours refreshes the session and tells
who the peer talks with."""

from contextlib import suppress

from sip.dialogs import bye, identity, reinvite, session_timer
from sip.dialogs.capabilities import CAPABILITIES, SESSION, body_refusal, session_of
from sip.dialogs.effects import TransactionKey
from sip.dialogs.errors import DialogGone
from sip.dialogs.leg_events import Lost, OfferReceived
from sip.dialogs.offer_answer import Turn
from sip.dialogs.usage import IncomingRequest, InviteUsage, LegTimer, Stage
from sip.errors import MalformedMessage, SipError
from sip.message import Request, Response, response_to

TRY_AGAIN_S = 2.0


def received(usage: InviteUsage, request: Request, transaction: TransactionKey, now: float) -> None:
    """An offer is the owner's to answer, §5.2; without one it is answered here."""
    refusal = body_refusal(request) or session_timer.refusal(usage.session, request)
    sdp = session_of(request)
    if refusal is None and sdp and usage.exchange.turn is Turn.THEIRS:
        refusal = response_to(request, 491)
    elif refusal is None and sdp and (usage.exchange.turn is Turn.OURS or usage.update):
        retry_after = (("Retry-After", str(usage.rng.randint(0, 10))),)
        refusal = response_to(request, 500, headers=retry_after)
    if refusal is not None:
        usage.respond(transaction, refusal)
        return
    identity.received(usage, request)
    if sdp:
        usage.update = IncomingRequest(request, transaction)
        usage.exchange.offer_received()
        usage.tell(OfferReceived(sdp))
    else:
        _confirm(usage, IncomingRequest(request, transaction), b"", now)


def accept(usage: InviteUsage, sdp: bytes, now: float) -> None:
    update = usage.update
    assert update is not None
    usage.update = None
    usage.exchange.answer_sent()
    usage.local_sdp = sdp
    _confirm(usage, update, sdp, now)


def refuse(usage: InviteUsage, status: int) -> None:
    update = usage.update
    assert update is not None
    usage.update = None
    usage.exchange.rolled_back()
    usage.respond(update.transaction, response_to(update.request, status))


def refresh(usage: InviteUsage, now: float) -> None:
    """Half of the session's time is over, and it is ours to refresh: RFC 4028 §10."""
    if usage.incoming or usage.outgoing or usage.refresh or usage.update:
        usage.timers.start(LegTimer.REFRESH_SESSION, now + TRY_AGAIN_S)
    else:
        _refresh(usage)


def _refresh(usage: InviteUsage) -> None:
    if usage.session.peer_updates or not usage.local_sdp:
        usage.challenged.discard("UPDATE")
        identity.change_from(usage)
        timer = session_timer.request_headers(usage.session)
        headers = (("Contact", usage.contact), *identity.headers(usage), *timer)
        usage.refresh = usage.established.request("UPDATE", headers=(*headers, *CAPABILITIES))
        usage.send(usage.refresh)
    else:
        reinvite.refresh(usage)


def answered(usage: InviteUsage, response: Response, now: float) -> None:
    """A final response to our own UPDATE."""
    request, status = usage.refresh, response.status
    assert request is not None
    usage.refresh = None
    if 200 <= status < 300:
        with suppress(MalformedMessage):
            usage.established.refresh_target(response)
        session_timer.accepted(usage, response, now)
    elif status in (401, 407) and (proof := usage.answer_challenge(request, response)):
        kept = tuple(pair for pair in request.headers if pair[0] in _REPEATED)
        usage.refresh = usage.established.request("UPDATE", headers=(*kept, *proof))
        usage.send(usage.refresh)
    elif status in (408, 481):
        failed(usage, DialogGone("UPDATE", status))
    elif status == 422 and session_timer.raised(usage.session, response):
        refresh(usage, now)
    elif status in (405, 501) and usage.local_sdp:
        usage.session.peer_updates = False
        _refresh(usage)
    elif usage.session.agreed_s is not None or status == 491:
        usage.timers.start(LegTimer.REFRESH_SESSION, now + TRY_AGAIN_S)


_REPEATED = frozenset(
    (
        *("Contact", "Session-Expires", "Min-SE", "P-Asserted-Identity"),
        *(name for name, _ in CAPABILITIES),
    )
)


def show_next(usage: InviteUsage) -> None:
    """Tell who the peer talks with now, unless something is open in either direction."""
    busy = usage.incoming or usage.outgoing or usage.refresh or usage.update or usage.glare
    if usage.shown_late and usage.stage is Stage.CONFIRMED and not (busy or usage.owner_gone):
        usage.shown_late = False
        _refresh(usage)


def failed(usage: InviteUsage, error: SipError) -> None:
    """Nobody is there any more."""
    usage.refresh = None
    usage.tell(Lost(error))
    bye.send(usage)


def expired(usage: InviteUsage) -> None:
    failed(usage, session_timer.expired(usage))


def _confirm(usage: InviteUsage, update: IncomingRequest, sdp: bytes, now: float) -> None:
    if update.request.method == "PRACK":  # neither a target nor a session timer is renewed by it
        usage.respond(
            update.transaction,
            response_to(update.request, 200, headers=(SESSION,), body=sdp),
        )
        return
    if usage.dialog is not None:
        with suppress(MalformedMessage):
            usage.dialog.refresh_target(update.request)
    timer = session_timer.answer_headers(usage, update.request, now)
    session = (SESSION,) if sdp else ()
    headers = (("Contact", usage.contact), *CAPABILITIES, *timer, *session)
    usage.respond(update.transaction, response_to(update.request, 200, headers=headers, body=sdp))
