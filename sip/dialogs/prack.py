"""Reliable provisional responses and their PRACK, both ways: RFC 3262.

We send them only to a caller who requires that, and acknowledge those of any callee.
"""

from dataclasses import replace
from typing import Final

from sip.dialogs.capabilities import body_refusal, session_of
from sip.dialogs.dialog import cseq_number, dialog_of_caller
from sip.dialogs.effects import TransactionKey
from sip.dialogs.leg_events import Lost, OfferReceived
from sip.dialogs.offer_answer import Turn
from sip.dialogs.usage import (
    MAX_EARLY_DIALOGS,
    IncomingInvite,
    IncomingRequest,
    InviteUsage,
    LegTimer,
)
from sip.errors import MalformedMessage, NoAcknowledgement
from sip.grammar import is_digits
from sip.message import (
    Headers,
    Request,
    Response,
    header,
    header_or_none,
    header_values,
    response_to,
)

TAG: Final = "100rel"
_FIRST_RSEQ_AT_MOST: Final = 2**31 - 1

# ---- as callee


def is_required(invite: Request) -> bool:
    return any(tag.lower() == TAG for tag in header_values(invite, "Require"))


def send(usage: InviteUsage, incoming: IncomingInvite, response: Response, now: float) -> None:
    """Send it as soon as those before it are acknowledged, §3."""
    reliable = usage.reliable
    reliable.rseq = reliable.rseq + 1 or 1
    if reliable.rseq == 1:
        reliable.rseq = usage.rng.randint(1, _FIRST_RSEQ_AT_MOST)
    headers = (*response.headers, ("Require", TAG), ("RSeq", str(reliable.rseq)))
    if response.body and incoming.offer and usage.exchange.turn is Turn.OURS:
        usage.exchange.answer_sent()
        usage.local_sdp = response.body
    reliable.waiting.append(replace(response, headers=headers))
    if len(reliable.waiting) == 1:
        _send_first(usage, incoming, now)


def repeat(usage: InviteUsage, now: float) -> None:
    if usage.incoming is None or not usage.reliable.waiting:
        return
    usage.respond(usage.incoming.transaction, usage.reliable.waiting[0])
    usage.reliable.repeat_after_s *= 2
    usage.timers.start(LegTimer.REPEAT_RELIABLE, now + usage.reliable.repeat_after_s)


def never_came(usage: InviteUsage) -> None:
    """64*T1 without PRACK: the INVITE is refused, §3."""
    incoming = usage.incoming
    usage.incoming = None
    usage.tell(Lost(NoAcknowledgement(183, usage.give_up_s)))
    if incoming is not None:
        refusal = response_to(incoming.request, 504, to_tag=usage.local_tag)
        usage.respond(incoming.transaction, refusal)
    usage.end()


def received(usage: InviteUsage, request: Request, transaction: TransactionKey, now: float) -> None:
    """Acknowledged: the next one goes out. An offer in it is the owner's to answer, §5."""
    reliable, incoming = usage.reliable, usage.incoming
    first = reliable.waiting[0] if reliable.waiting else None
    if incoming is None or first is None or not _matches(request, incoming, first):
        usage.respond(transaction, response_to(request, 481))
        return
    refused = body_refusal(request)
    if refused is not None:
        usage.respond(transaction, refused)
        return
    reliable.waiting.pop(0)
    usage.timers.stop(LegTimer.REPEAT_RELIABLE)
    usage.timers.stop(LegTimer.NO_PRACK)
    if reliable.waiting:
        _send_first(usage, incoming, now)
    sdp = session_of(request)
    if not sdp:
        usage.respond(transaction, response_to(request, 200))
    elif usage.exchange.turn is Turn.NOBODY:
        usage.update = IncomingRequest(request, transaction)
        usage.exchange.offer_received()
        usage.tell(OfferReceived(sdp))
    else:  # the exchange before it is open still: it is out of turn, RFC 6337 §2.2
        usage.respond(transaction, response_to(request, 488))


def waiting_answer(usage: InviteUsage) -> tuple[bytes, Headers] | None:
    """The final answer, once nothing that it had to wait for is open any more."""
    if usage.reliable.waiting or usage.update is not None:
        return None
    answer, usage.reliable.answer = usage.reliable.answer, None
    return answer


def _send_first(usage: InviteUsage, incoming: IncomingInvite, now: float) -> None:
    usage.reliable.repeat_after_s = usage.timer_values.t1_s
    usage.respond(incoming.transaction, usage.reliable.waiting[0])
    usage.timers.start(LegTimer.REPEAT_RELIABLE, now + usage.reliable.repeat_after_s)
    usage.timers.start(LegTimer.NO_PRACK, now + usage.give_up_s)


def _matches(request: Request, incoming: IncomingInvite, response: Response) -> bool:
    """Whether RAck names it: its RSeq, and the INVITE's CSeq, §7.2."""
    rack = (header_or_none(request, "RAck") or "").split()
    cseq = header(incoming.request, "CSeq").split()
    return rack == [header(response, "RSeq"), *cseq]


# ---- as caller


def acknowledge(usage: InviteUsage, invite: Request, response: Response, tag: str) -> bool:
    """Acknowledge a reliable provisional response; false if it is to be dropped, §4: a copy, one
    too early, or of a branch too many."""
    rseq = header_or_none(response, "RSeq") or ""
    reliable = any(each.lower() == TAG for each in header_values(response, "Require"))
    if not reliable:
        return True
    if not tag or not is_digits(rseq) or len(rseq) > 10:
        return False
    last = usage.rseqs.get(tag)
    if last is not None and int(rseq) != last + 1:
        return False
    dialog = usage.early_dialogs.get(tag)
    if dialog is None:
        if len(usage.early_dialogs) >= MAX_EARLY_DIALOGS:
            return False
        try:
            dialog = dialog_of_caller(invite, response, contact=usage.contact)
        except MalformedMessage:
            return False
        usage.early_dialogs[tag] = dialog
    usage.rseqs[tag] = int(rseq)
    rack = ("RAck", f"{rseq} {cseq_number(invite)} INVITE")
    usage.send(dialog.request("PRACK", headers=(rack,)))
    return True
