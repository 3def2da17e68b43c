"""The first INVITE of a leg, both ways: RFC 3261 §13."""

from dataclasses import replace

from sip.dialogs import ack, bye, cancel, identity, prack, session_timer
from sip.dialogs.capabilities import CAPABILITIES, SESSION, session_of
from sip.dialogs.dialog import Dialog, cseq_number, dialog_of_caller
from sip.dialogs.leg_events import Answered, AnsweredLate, Rejected, Ringing, Trying
from sip.dialogs.offer_answer import Turn
from sip.dialogs.usage import (
    MAX_EARLY_DIALOGS,
    IncomingInvite,
    InviteUsage,
    LegTimer,
    OutgoingInvite,
    Stage,
)
from sip.errors import MalformedMessage, SipError
from sip.headers.name_addr import parse_name_addr
from sip.message import Headers, Request, Response, header, header_or_none, response_to

# ---- as callee


def provisional(usage: InviteUsage, status: int, sdp: bytes, headers: Headers, now: float) -> None:
    """180 or 183 with our tag, repeated until the final response."""
    incoming = _unanswered(usage)
    if incoming is None:
        return
    required = prack.is_required(incoming.request)
    owes_offer = not incoming.offer and not sdp  # the first reliable one must make it, RFC 3262 §5
    if required and owes_offer:
        return
    session: Headers = (SESSION,) if sdp else ()
    response = response_to(
        incoming.request,
        status,
        to_tag=usage.local_tag,
        headers=(("Contact", usage.contact), *identity.headers(usage), *headers, *session),
        body=sdp,
    )
    if required or (usage.reliable.always and not owes_offer):
        prack.send(usage, incoming, response, now)
        return
    incoming.provisional = response
    usage.respond(incoming.transaction, response)
    usage.timers.start(LegTimer.REPEAT_PROVISIONAL, now + usage.provisional_every_s)


def repeat_provisional(usage: InviteUsage, now: float) -> None:
    incoming = _unanswered(usage)
    if incoming is not None and incoming.provisional is not None:
        usage.respond(incoming.transaction, incoming.provisional)
        usage.timers.start(LegTimer.REPEAT_PROVISIONAL, now + usage.provisional_every_s)


def answer(usage: InviteUsage, sdp: bytes, headers: Headers, now: float) -> None:
    """200 with our answer, or with our offer where the INVITE had none."""
    incoming = _unanswered(usage)
    if incoming is None:
        return
    if usage.reliable.waiting or usage.update:  # a PRACK may bring an offer: RFC 3262 §3, §5
        usage.reliable.answer = (sdp, headers)
        return
    answered = bool(incoming.offer) and usage.exchange.turn is Turn.NOBODY  # reliably, in a 183
    if answered:
        sdp = b""
    elif incoming.offer:
        usage.exchange.answer_sent()
    else:
        usage.exchange.offer_sent()
    usage.local_sdp = sdp or usage.local_sdp
    identity.begun(usage, incoming.request)
    told = (*identity.headers(usage), *session_timer.answer_headers(usage, incoming.request, now))
    session: Headers = (SESSION,) if sdp else ()
    ok = response_to(
        incoming.request,
        200,
        to_tag=usage.local_tag,
        headers=(("Contact", usage.contact), *CAPABILITIES, *told, *headers, *session),
        body=sdp,
    )
    usage.stage = Stage.CONFIRMED
    usage.respond(incoming.transaction, ok)
    ack.await_ack(usage, incoming, ok, now)


def reject(usage: InviteUsage, status: int, reason: str, headers: Headers) -> None:
    incoming = _unanswered(usage)
    if incoming is None:
        return
    usage.owner_gone = True
    usage.incoming = None
    response = response_to(
        incoming.request, status, reason, to_tag=usage.local_tag, headers=headers
    )
    usage.respond(incoming.transaction, response)
    usage.end()


def _unanswered(usage: InviteUsage) -> IncomingInvite | None:
    return usage.incoming if usage.stage is Stage.EARLY else None


# ---- as caller


def send(usage: InviteUsage) -> None:
    sdp = session_of(usage.invite)
    usage.outgoing = OutgoingInvite(usage.invite, sdp, initial=True)
    if sdp:
        usage.exchange.offer_sent()
    usage.send(usage.invite)


def response(usage: InviteUsage, request: Request, response: Response, now: float) -> None:
    """A response to the first INVITE: of the call, of a fork, or a copy."""
    if response.status >= 300:
        _refused(usage, request, response)
    elif response.status >= 200:
        _accepted(usage, request, response, now)
    else:
        _progressed(usage, request, response, now)


def failed(usage: InviteUsage, request: Request, error: SipError) -> None:
    """Silence until Timer B, or no way there: as if 408 or 503 had come, §8.1.3.1."""
    if usage.stage is Stage.EARLY and usage.outgoing and usage.outgoing.request is request:
        usage.outgoing = None
        usage.tell(Rejected(error.status, str(error), local=True))
        usage.end()


def _progressed(usage: InviteUsage, request: Request, response: Response, now: float) -> None:
    outgoing = usage.outgoing
    if usage.stage is not Stage.EARLY or outgoing is None or outgoing.request is not request:
        return
    first = not outgoing.provisional
    outgoing.provisional = True
    if usage.leaving:
        if first:
            cancel.send(usage, now)
        return
    if response.status == 100:
        if first and header_or_none(request, "Route") is None:
            usage.tell(Trying())  # a proxy would say it whether or not the phone is there
        return
    tag, sdp = _remote_tag(response), session_of(response)
    if not prack.acknowledge(usage, request, response, tag):
        return
    if tag and (tag in usage.early or len(usage.early) < MAX_EARLY_DIALOGS):
        usage.early[tag] = sdp or usage.early.get(tag, b"")
    usage.tell(Ringing(response.status, sdp, tag))


def _accepted(usage: InviteUsage, request: Request, response: Response, now: float) -> None:
    tag = _remote_tag(response)
    if usage.dialog is not None and tag == usage.dialog.remote_tag:
        ack.send_again(usage, tag, cseq_number(request))  # none yet: its answer is still owed
        return
    try:
        dialog = dialog_of_caller(request, response, contact=usage.contact)
    except MalformedMessage as error:
        _accepted_unusably(usage, error)
        return
    if usage.dialog is not None or usage.stage is not Stage.EARLY:
        _end_branch(usage, dialog, request)
    else:
        _established(usage, dialog, request, response)
        if not usage.leaving:
            session_timer.accepted(usage, response, now)


def _established(usage: InviteUsage, dialog: Dialog, request: Request, response: Response) -> None:
    outgoing = usage.outgoing
    assert outgoing is not None
    early = usage.early_dialogs.get(dialog.remote_tag)
    if early is not None:
        dialog.local_cseq, dialog.remote_cseq = early.local_cseq, early.remote_cseq
    usage.early_dialogs.clear()
    usage.local_sdp = outgoing.offer
    usage.dialog = dialog
    usage.stage = Stage.CONFIRMED
    identity.begun(usage, response)
    usage.shown_late = usage.shown is not None
    usage.timers.clear()
    sdp = session_of(response) or usage.early.get(dialog.remote_tag, b"")
    usage.early.clear()
    if sdp and not outgoing.offer and not usage.leaving:
        outgoing.accepted = response
        usage.exchange.offer_received()
        usage.tell(Answered(sdp))
        return
    usage.outgoing = None
    usage.exchange.rolled_back()  # answered, or there never was an offer
    ack.send(usage, dialog, request)
    if usage.leaving:  # the 2xx crossed our CANCEL, §9.1
        bye.send(usage, usage.leave_headers)
        usage.tell_late(AnsweredLate())
    else:
        usage.tell(Answered(sdp))


def _accepted_unusably(usage: InviteUsage, error: MalformedMessage) -> None:
    """A 2xx that nobody could acknowledge, as it does not say where to."""
    if usage.stage is Stage.EARLY:
        usage.outgoing = None
        usage.tell(Rejected(502, str(error), local=True))
        usage.end()


def _end_branch(usage: InviteUsage, dialog: Dialog, request: Request) -> None:
    """A further branch of a forked INVITE answered too: acknowledged and ended, §13.2.2.4."""
    number = cseq_number(request)
    if ack.send_again(usage, dialog.remote_tag, number):
        return
    ack.send(usage, dialog, request)
    usage.send(dialog.request("BYE"))


def _refused(usage: InviteUsage, request: Request, response: Response) -> None:
    outgoing = usage.outgoing
    if usage.stage is not Stage.EARLY or outgoing is None or outgoing.request is not request:
        return
    if response.status in (401, 407) and not usage.leaving:
        credentials = usage.answer_challenge(request, response)
        if credentials:
            _send_again(usage, outgoing, credentials)
            return
    longer = response.status == 422 and session_timer.raised(usage.session, response)
    if longer and not usage.leaving:
        _send_again(usage, outgoing, session_timer.request_headers(usage.session))
        return
    usage.outgoing = None
    usage.tell(Rejected(response.status, response.reason, response.headers))
    usage.end()


def _send_again(usage: InviteUsage, outgoing: OutgoingInvite, credentials: Headers) -> None:
    """The same INVITE with credentials (or what else it lacked) and the next CSeq, §22.2."""
    number = cseq_number(outgoing.request) + 1
    replaced = {name for name, _ in credentials}
    kept = tuple(
        ("CSeq", f"{number} INVITE") if pair[0] == "CSeq" else pair
        for pair in outgoing.request.headers
        if pair[0] not in replaced
    )
    usage.early_dialogs.clear()
    usage.rseqs.clear()
    usage.early.clear()
    usage.invite = replace(outgoing.request, headers=(*kept, *credentials))
    usage.outgoing = OutgoingInvite(usage.invite, outgoing.offer, initial=True)
    usage.send(usage.invite)


def _remote_tag(response: Response) -> str:
    try:
        return parse_name_addr(header(response, "To"), "To").tag or ""
    except MalformedMessage:
        return ""
