"""One INVITE usage as a machine: commands of its owner, messages and time in, effects out.

    EARLY ──2xx──> CONFIRMED ──our BYE──> LEAVING ──┐
      └──refused, cancelled──┴──peer's BYE──────────┴──> ENDED

The verbs do the work, one file each. Commands that come too late do nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from sip.dialog_id import DialogId
from sip.dialogs import (
    ack,
    bye,
    cancel,
    identity,
    info,
    invite,
    prack,
    refer,
    reinvite,
    session_timer,
    update,
)
from sip.dialogs.capabilities import options_response, refusal, session_of
from sip.dialogs.dialog import Dialog, cseq_number, dialog_of_callee
from sip.dialogs.effects import DialogEffect, TransactionKey
from sip.dialogs.reason import reason_headers
from sip.dialogs.refer_reports import ReferReports
from sip.dialogs.session_timer import SessionTimer
from sip.dialogs.usage import IncomingInvite, InviteUsage, LegTimer, RandomSource, Stage
from sip.errors import MalformedMessage, SipError
from sip.headers.name_addr import parse_name_addr
from sip.message import Headers, Request, Response, header, response_to
from sip.timers import DEFAULT_TIMERS, TimerValues

PROVISIONAL_EVERY_S: Final = 60.0
Authorise = Callable[[Request, Response], Headers | None]
Effects = list[DialogEffect]


class Leg:
    """Every method returns what its owner must do, in order; most often it is little."""

    def __init__(self, usage: InviteUsage) -> None:
        self._usage = usage

    @property
    def owner_gone(self) -> bool:
        """The owner was told the end or ended the leg; late commands are ignored."""
        return self._usage.owner_gone or self._usage.leaving

    @property
    def stage(self) -> Stage:
        return self._usage.stage

    @property
    def dialog(self) -> Dialog | None:
        return self._usage.dialog

    @property
    def dialog_id(self) -> DialogId | None:
        """Of its dialog, or of the early one that began last; None as long as there is none."""
        usage = self._usage
        tag = usage.dialog.remote_tag if usage.dialog else next(reversed(usage.early), "")
        return DialogId(usage.call_id, usage.local_tag, tag) if tag else None

    @property
    def local_tag(self) -> str:
        return self._usage.local_tag

    def snapshot(self) -> dict[str, Any] | None:
        """What a confirmed leg needs to start again, as JSON values; None in any other stage."""
        usage = self._usage
        if usage.stage is not Stage.CONFIRMED or usage.dialog is None:
            return None
        return {
            "dialog": usage.dialog.snapshot(),
            "owns_call_id": usage.owns_call_id,
            "session": usage.session.snapshot(),
            "local_sdp": usage.local_sdp.decode("latin-1"),
            "shown": usage.shown,
            "peer_takes_from": usage.peer_takes_from,
            "peer_named": usage.peer_named,
            "refer_id": usage.reports.refer_id,
        }

    # ---- commands

    def found_at(self, contact: str) -> None:
        """Our Contact as the hop that was found can reach it; the INVITE carries it by now."""
        self._usage.contact = contact

    def start(self) -> Effects:
        """Send the first INVITE of an outbound leg, unless its owner has already hung up."""
        if self.owner_gone:
            self._usage.end()
        else:
            invite.send(self._usage)
        return self._usage.take_outbox()

    def provisional(self, status: int, sdp: bytes, headers: Headers, now: float) -> Effects:
        if not self.owner_gone:
            invite.provisional(self._usage, status, sdp, headers, now)
        return self._usage.take_outbox()

    def answer(self, sdp: bytes, headers: Headers, now: float) -> Effects:
        if not self.owner_gone:
            invite.answer(self._usage, sdp, headers, now)
        return self._usage.take_outbox()

    def reject(self, status: int, reason: str, headers: Headers) -> Effects:
        if not self.owner_gone:
            invite.reject(self._usage, status, reason, headers)
        return self._usage.take_outbox()

    def offer(self, sdp: bytes) -> Effects:
        if not self.owner_gone:
            reinvite.offer(self._usage, sdp)
        return self._settle()

    def show(self, user: str, display: str) -> Effects:
        if not self.owner_gone:
            identity.show(self._usage, user, display)
        return self._settle()

    def accept_offer(self, sdp: bytes, now: float) -> Effects:
        if not self.owner_gone and self._usage.update is not None:
            update.accept(self._usage, sdp, now)
        elif not self.owner_gone:
            reinvite.accept(self._usage, sdp, now)
        self._answer_at_last(now)
        return self._settle()

    def refuse_offer(self, status: int, now: float) -> Effects:
        if not self.owner_gone and self._usage.update is not None:
            update.refuse(self._usage, status)
        elif not self.owner_gone:
            reinvite.refuse(self._usage, status)
        self._answer_at_last(now)
        return self._settle()

    def accept_refer(self, now: float) -> Effects:
        if not self.owner_gone:
            refer.accept(self._usage, now)
        return self._settle()

    def refuse_refer(self, status: int) -> Effects:
        if not self.owner_gone:
            refer.refuse(self._usage, status)
        return self._settle()

    def refuses_refer(self) -> int | None:
        """The status for a REFER that reaches us outside the dialog, before anybody reads it."""
        return refer.out_of_place(self._usage)

    def refer_progress(self, status: int, reason: str, now: float) -> Effects:
        if not self.owner_gone:
            refer.progress(self._usage, status, reason, now)
        return self._settle()

    def refer(self, target: str, headers: Headers) -> Effects:
        if not self.owner_gone:
            refer.send(self._usage, target, headers)
        return self._settle()

    def send_key(self, key: str, duration_ms: int) -> Effects:
        if not self.owner_gone:
            info.send(self._usage, key, duration_ms)
        return self._settle()

    def resume(self, now: float) -> Effects:
        """Take up a restored leg's timers."""
        session_timer.resume(self._usage, now)
        refer.resume(self._usage, now)
        return self._settle()

    def hang_up(self, cause: str, headers: Headers, now: float) -> Effects:
        """Whatever ends the leg in its present state, §15: 480, CANCEL or BYE."""
        usage = self._usage
        if self.owner_gone:
            return []
        usage.leave_headers = (*reason_headers(cause), *headers)
        if usage.stage is Stage.CONFIRMED:
            self._leave_confirmed()
        elif usage.incoming is not None:
            invite.reject(usage, 480, "", usage.leave_headers)
        else:
            usage.owner_gone = True
            cancel.send(usage, now)
        return usage.take_outbox()

    def _leave_confirmed(self) -> None:
        usage = self._usage
        usage.owner_gone = True
        if usage.reports.open is not None:  # a BYE that overtakes it would end what it reports
            usage.leaving = True
            return
        reinvite.acknowledge_without_answer(usage)
        bye.send(usage, usage.leave_headers)

    # ---- messages

    def receive_request(self, request: Request, transaction: TransactionKey, now: float) -> Effects:
        """A request whose Call-ID and To tag are ours. CANCEL and ACK have their own ways in."""
        usage = self._usage
        status = self._out_of_place(request)
        if status is not None:
            usage.respond(transaction, response_to(request, status))
        elif (refused := refusal(request)) is not None:
            usage.respond(transaction, refused)
        elif request.method == "INVITE":
            reinvite.received(usage, request, transaction)
        elif request.method == "BYE":
            bye.received(usage, request, transaction)
        elif request.method == "INFO":
            info.received(usage, request, transaction)
        else:
            self._serve(request, transaction, now)
        return self._settle()

    def _serve(self, request: Request, transaction: TransactionKey, now: float) -> None:
        """What neither begins nor ends anything."""
        usage = self._usage
        if request.method == "OPTIONS":
            usage.respond(transaction, options_response(request))
        elif request.method == "UPDATE":
            update.received(usage, request, transaction, now)
        elif request.method == "REFER":
            refer.received(usage, request, transaction)
        elif request.method == "SUBSCRIBE":
            refer.subscribed(usage, request, transaction, now)
        elif request.method == "NOTIFY":
            refer.notified(usage, request, transaction)
        elif request.method == "PRACK":
            prack.received(usage, request, transaction, now)
            self._answer_at_last(now)
        else:
            usage.respond(transaction, response_to(request, 481))

    def receive_ack(self, request: Request) -> Effects:
        """The ACK of a 2xx of ours."""
        if self._is_of_peer(request):
            ack.received(self._usage, request)
        return self._settle()

    def receive_cancel(self, request: Request) -> Effects:
        """The CANCEL of the peer's INVITE, already answered."""
        cancel.received(self._usage, request)
        return self._settle()

    def receive_response(self, request: Request, response: Response, now: float) -> Effects:
        """A response to `request`, the very object that a `SendRequest` carried."""
        usage = self._usage
        if request.method == "INVITE":
            first = usage.stage is Stage.EARLY or cseq_number(request) <= cseq_number(usage.invite)
            handle = invite.response if first and self._is_caller else reinvite.response
            handle(usage, request, response, now)
        elif request is usage.bye and response.status >= 200:
            self._bye_answered(request, response)
        elif request is usage.reports.open and response.status >= 300:
            refer.report_failed(usage)
        elif request is usage.reports.open and response.status >= 200:
            refer.report_answered(usage, now)
        elif request is usage.referring and response.status >= 200:
            refer.answered(usage, request, response)
        elif request is usage.informing and response.status >= 200:
            info.answered(usage, request, response)
        elif request is usage.refresh and response.status >= 200:
            update.answered(usage, response, now)
        return self._settle()

    def request_failed(self, request: Request, error: SipError) -> Effects:
        """`request` got no final response, or could not be sent."""
        usage = self._usage
        if request is usage.bye:
            usage.end()
        elif request is usage.reports.open:
            refer.report_failed(usage)
        elif request is usage.referring:
            refer.failed(usage, error)
        elif request is usage.invite:
            invite.failed(usage, request, error)
        elif request is usage.informing:
            info.failed(usage)
        elif request is usage.refresh:
            update.failed(usage, error)
        else:
            reinvite.failed(usage, request, error)
        return self._settle()

    # ---- time

    def next_deadline(self) -> float | None:
        return self._usage.timers.next_deadline()

    def handle_timers(self, now: float) -> Effects:
        usage = self._usage
        while timer := usage.timers.pop_due(now):
            match timer:
                case LegTimer.REPEAT_OK:
                    ack.repeat_ok(usage, now)
                case LegTimer.NO_ACK:
                    ack.never_came(usage)
                case LegTimer.REPEAT_PROVISIONAL:
                    invite.repeat_provisional(usage, now)
                case LegTimer.GIVE_UP_CANCEL:
                    cancel.gave_up(usage)
                case LegTimer.RETRY_OFFER:
                    reinvite.retry(usage)
                case LegTimer.REPEAT_RELIABLE:
                    prack.repeat(usage, now)
                case LegTimer.NO_PRACK:
                    prack.never_came(usage)
                case LegTimer.REFRESH_SESSION:
                    update.refresh(usage, now)
                case LegTimer.REFER_EXPIRES:
                    refer.ran_out(usage, now)
                case LegTimer.SESSION_EXPIRES:
                    update.expired(usage)
        return self._settle()

    # ---- inside

    def _answer_at_last(self, now: float) -> None:
        answer = prack.waiting_answer(self._usage)
        if answer is not None and not self.owner_gone:
            invite.answer(self._usage, *answer, now)

    @property
    def _is_caller(self) -> bool:
        return self._usage.owns_call_id

    def _settle(self) -> Effects:
        reinvite.send_next(self._usage)
        update.show_next(self._usage)
        return self._usage.take_outbox()

    def _out_of_place(self, request: Request) -> int | None:
        """481 outside our dialogs, 500 out of order (§12.2.2); None when all is well."""
        usage = self._usage
        number = cseq_number(request)
        if usage.stage is Stage.ENDED or not self._is_of_peer(request):
            return 481
        dialog = usage.dialog
        if dialog is None:  # early, as caller: a callee may not send BYE yet, §15
            return 481 if request.method == "BYE" else None
        if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
            return 500
        dialog.remote_cseq = number
        if usage.stage is Stage.LEAVING and request.method != "BYE":
            return 481
        return None

    def _is_of_peer(self, request: Request) -> bool:
        try:
            tag = parse_name_addr(header(request, "From"), "From").tag or ""
        except MalformedMessage:
            return False
        return self.is_with(tag)

    def is_with(self, tag: str) -> bool:
        """Whether this is the peer's tag in our dialog, or in an early one."""
        usage = self._usage
        return tag == usage.dialog.remote_tag if usage.dialog else tag in usage.early

    def _bye_answered(self, request: Request, response: Response) -> None:
        usage = self._usage
        if response.status in (401, 407):
            credentials = usage.answer_challenge(request, response)
            if credentials:
                usage.bye = usage.established.request("BYE", headers=credentials)
                usage.send(usage.bye)
                return
        usage.end()


def outbound_leg(
    request: Request,
    *,
    local_tag: str,
    contact: str,
    rng: RandomSource,
    timer_values: TimerValues = DEFAULT_TIMERS,
    provisional_every_s: float = PROVISIONAL_EVERY_S,
    authorise: Authorise | None = None,
    session: SessionTimer | None = None,
) -> Leg:
    """A leg that will send `request`; `authorise` makes credentials for a 401 or 407, `session`
    says how often the session is refreshed."""
    session = session or SessionTimer()
    timer = session_timer.request_headers(session)
    request = replace(request, headers=(*request.headers, *timer))
    return Leg(
        InviteUsage(
            call_id=header(request, "Call-ID"),
            local_tag=local_tag,
            contact=contact,
            invite=request,
            timer_values=timer_values,
            provisional_every_s=provisional_every_s,
            rng=rng,
            owns_call_id=True,
            authorise=authorise,
            session=session,
        )
    )


def inbound_leg(
    request: Request,
    transaction: TransactionKey,
    *,
    local_tag: str,
    contact: str,
    rng: RandomSource,
    timer_values: TimerValues = DEFAULT_TIMERS,
    provisional_every_s: float = PROVISIONAL_EVERY_S,
    session: SessionTimer | None = None,
    reliably: bool = False,
) -> Leg:
    """A leg for the peer's INVITE; `reliably`: its 180 and 183 are repeated until acknowledged.

    Raises:
        MalformedMessage: no dialog can come of it.
    """
    usage = InviteUsage(
        call_id=header(request, "Call-ID"),
        local_tag=local_tag,
        contact=contact,
        invite=request,
        timer_values=timer_values,
        provisional_every_s=provisional_every_s,
        rng=rng,
        dialog=dialog_of_callee(request, local_tag=local_tag, contact=contact),
        session=session or SessionTimer(),
    )
    usage.reliable.always = reliably
    usage.incoming = IncomingInvite(request, transaction, session_of(request), initial=True)
    if usage.incoming.offer:
        usage.exchange.offer_received()
    return Leg(usage)


def restored_leg(
    data: dict[str, Any],
    request: Request,
    *,
    rng: RandomSource,
    timer_values: TimerValues = DEFAULT_TIMERS,
    provisional_every_s: float = PROVISIONAL_EVERY_S,
) -> Leg:
    """A confirmed leg out of `snapshot()`; `request` is its first INVITE."""
    dialog = Dialog.restore(data["dialog"])
    usage = InviteUsage(
        call_id=dialog.call_id,
        local_tag=dialog.local_tag,
        contact=dialog.contact,
        invite=request,
        timer_values=timer_values,
        provisional_every_s=provisional_every_s,
        rng=rng,
        stage=Stage.CONFIRMED,
        owns_call_id=bool(data["owns_call_id"]),
        dialog=dialog,
        session=SessionTimer.restore(data.get("session", {})),
        local_sdp=data.get("local_sdp", "").encode("latin-1"),
        shown=_pair(data.get("shown")),
        peer_takes_from=bool(data.get("peer_takes_from")),
        peer_named=_pair(data.get("peer_named")),
        reports=ReferReports(data.get("refer_id")),
    )
    return Leg(usage)


def _pair(value: Sequence[str] | None) -> tuple[str, str] | None:
    return (value[0], value[1]) if value else None
