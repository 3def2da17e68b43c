"""The transaction layer: messages to transactions and back, RFC 3261 §17 and §18.

Below it are transports that carry bytes, above it is a user who sees each new request once, each
response of its own requests, and the ACKs of its 2xx.
"""

import logging
from collections.abc import Callable
from random import Random
from typing import Final, Protocol
from zlib import crc32

from sip.address import Address
from sip.dialogs.capabilities import KNOWN
from sip.edges.alarm_clock import AlarmClock
from sip.edges.effect_fifo import EffectFifo
from sip.edges.listening import Listeners
from sip.edges.local_host import bracketed
from sip.edges.transaction_runner import ClientRunner, ServerRunner
from sip.edges.transport import Failed
from sip.errors import MalformedMessage, SipError, TransportFailed
from sip.guard import Guard
from sip.headers.via import MAGIC_COOKIE, Via, format_via, top_via, via_as_received
from sip.inspection import inspect_request
from sip.message import (
    Headers,
    Message,
    Request,
    Response,
    cancel_for,
    header,
    response_to,
    with_top_via,
)
from sip.observer import SipObserver
from sip.parser import ParserLimits, parse_message
from sip.rejections import Rejection, rejection_of
from sip.serialiser import serialise
from sip.settings import SipSettings
from sip.stun import binding_response, is_stun
from sip.timers import TimerValues
from sip.transactions.client import ClientTransaction
from sip.transactions.invite_client import InviteClientTransaction
from sip.transactions.invite_server import InviteServerTransaction
from sip.transactions.matching import (
    Key,
    client_key,
    client_key_of,
    invite_key,
    merged_key,
    server_key,
)
from sip.transactions.server import ServerTransaction

SHORTEST_MESSAGE: Final = 20
"""Anything shorter on UDP is a keep-alive: CRLFs, zeros, or a STUN request."""

_log = logging.getLogger(__name__)


class TransactionUser(Protocol):
    """Who is told. Nothing may be raised but SipError, which answers the request."""

    def request_received(self, request: Request, key: Key, source: Address) -> None:
        """A new request, neither ACK nor CANCEL; answer it with `respond(key, ...)`."""

    def ack_received(self, ack: Request) -> None:
        """The ACK of a 2xx."""

    def cancel_received(
        self, cancel: Request, invite_key: Key, answer: Callable[[str | None], None]
    ) -> None:
        """The CANCEL of an INVITE that came under `invite_key`. Call `answer` with the tag for its
        200 (None: one of the layer's own), and then end the INVITE: peers expect that order."""

    def disconnected(self, peer: Address) -> None:
        """A connection has closed."""


class TransactionLayer:
    """Everything between the listeners and the user."""

    def __init__(
        self,
        user: TransactionUser,
        settings: SipSettings,
        *,
        guard: Guard,
        listeners: Listeners,
        alarms: AlarmClock,
        fifo: EffectFifo,
        observer: SipObserver,
        rng: Random,
        clock: Callable[[], float],
        is_trusted: Callable[[Address], bool],
    ) -> None:
        """`is_trusted`: sources that no rate limits and no ban silences, that is trunks."""
        self.listeners = listeners
        self.alarms = alarms
        self.fifo = fifo
        self.now = clock
        self._user = user
        self._settings = settings
        self._guard = guard
        self._observer = observer
        self._rng = rng
        self._is_trusted = is_trusted
        self._timers = TimerValues(settings.t1_s, settings.t2_s, settings.t4_s)
        self._limits = ParserLimits(body_bytes=settings.max_message_bytes)
        self._servers: dict[Key, ServerRunner] = {}
        self._clients: dict[Key, ClientRunner] = {}
        self._merged: dict[Key, Key] = {}

    # ---- for the user

    def request(
        self,
        request: Request,
        destination: Address,
        *,
        on_response: Callable[[Response], None],
        on_failure: Callable[[SipError], None],
    ) -> ClientRunner:
        """Send a request, anything but ACK and CANCEL; Via is added here.

        Raises:
            TransportFailed: too many transactions are open.
        """
        destination = self.listeners.routed(destination)
        return self._start_client(
            self._with_via(request, destination), destination, on_response, on_failure
        )

    def cancel(self, invite: ClientRunner, headers: Headers = ()) -> None:
        """Cancel an INVITE that has had a provisional response; nobody waits for the answer."""
        cancel = cancel_for(invite.machine.request)
        cancel = Request(cancel.method, cancel.uri, (*cancel.headers, *headers))
        try:
            self._start_client(cancel, invite.destination, lambda _: None, lambda _: None)
        except TransportFailed:
            self._observer.rejected(Rejection.TRANSACTIONS)

    def respond(self, key: Key, response: Response) -> None:
        """Answer a request; does nothing when its transaction is over."""
        runner = self._servers.get(key)
        if runner is not None:
            reason = rejection_of(response.status)
            if reason is not None:
                self._observer.rejected(reason)
            runner.respond(response)

    def send_ack(self, ack: Request, destination: Address) -> None:
        """Send the ACK of a 2xx. If it gets lost, the 2xx comes again."""
        destination = self.listeners.routed(destination)
        message = self._with_via(ack, destination)
        self.transmit(message, destination, repeated=False, failed=lambda _: None)

    def keep_alive(self, to: Address) -> None:
        transport = self.listeners.transport(self.listeners.routed(to))
        if transport is not None:
            transport.keep_alive(to)

    def counts(self) -> dict[str, int]:
        """Open transactions by kind."""
        invites = sum(key[-1] == "INVITE" for key in self._servers)
        client_invites = sum(key[-1] == "INVITE" for key in self._clients)
        return {
            "invite_server": invites,
            "server": len(self._servers) - invites,
            "invite_client": client_invites,
            "client": len(self._clients) - client_invites,
        }

    # ---- for the transports

    def received(self, data: bytes, source: Address) -> None:
        """One message. Whatever it holds, nothing is raised."""
        if len(data) < SHORTEST_MESSAGE:
            return
        if is_stun(data):
            self._answer_stun(data, source)
            return
        now = self.now()
        if self._guard.is_banned(source.host, now) and not self._is_trusted(source):
            self._observer.rejected(Rejection.BANNED)
            return
        self._observer.message("in", source, data, now)
        try:
            message = parse_message(data, limits=self._limits)
        except MalformedMessage as error:
            self.unframed(error, source)
            return
        try:
            if isinstance(message, Response):
                self._receive_response(message, source)
            else:
                self._receive_request(message, source)
        except MalformedMessage as error:
            if isinstance(message, Request) and message.method != "ACK":
                error.partial = message
            self.unframed(error, source)
        except Exception:
            _log.exception("a message from %s", source)

    def _answer_stun(self, data: bytes, source: Address) -> None:
        """RFC 5626 §4.4.2: only on datagrams, and no more of them than of anything else."""
        transport = self.listeners.transport(source)
        reply = binding_response(data, source.host, source.port)
        if reply is None or source.reliable or transport is None:
            return
        if self._guard.allows(source.host, "options", self.now()):
            transport.send(reply, source, lambda _: None)
        else:
            self._observer.rejected(Rejection.STUN_RATE)

    def unframed(self, error: MalformedMessage, source: Address) -> None:
        """Answer what can be answered of a malformed message, drop the rest; count both."""
        self._observer.rejected(error.rejection)
        request = error.partial
        if request is None or not self._guard.allows(source.host, "malformed", self.now()):
            return
        destination = source
        try:
            via = top_via(request)
            request = self._as_received(request, via, source)
            destination = _reply_address(via, source)
        except MalformedMessage:
            pass  # no Via to go by: back to where it came from
        self._answer_statelessly(request, error.status, destination)

    def cut_off(self, peer: Address, reason: Rejection) -> None:
        self._observer.rejected(reason)

    def disconnected(self, peer: Address) -> None:
        """What was asked over the connection and not answered at all has failed; a callee that
        rings may connect again to answer, §18.2.2."""
        unheard = [
            runner
            for runner in self._clients.values()
            if runner.destination == peer and runner.heard_from is None
        ]
        for runner in unheard:
            runner.fail(TransportFailed(str(peer), "the connection was closed"))
        self._user.disconnected(peer)

    # ---- for the runners

    def transmit(self, message: Message, to: Address, *, repeated: bool, failed: Failed) -> None:
        data = serialise(message)
        transport = self.listeners.transport(to)
        if transport is None:
            failed(TransportFailed(str(to), f"{to.transport} is not served"))
            return
        self._note_sent(message, to, repeated=repeated)
        self._observer.message("out", to, data, self.now())
        transport.send(data, to, failed)

    def reaches(self, to: Address) -> bool:
        transport = self.listeners.transport(to)
        return transport is not None and transport.reaches(to)

    def acknowledged(self, ack: Request) -> None:
        self._user.ack_received(ack)

    # ---- requests coming in

    def _receive_request(self, request: Request, source: Address) -> None:
        via = top_via(request)
        request = self._as_received(request, via, source)
        key = server_key(request)
        runner = self._servers.get(key)
        if runner is not None and request.method != "ACK":
            runner.receive(request)  # a repetition: not counted
            return
        known = request.method if request.method in KNOWN else "OTHER"
        self._observer.request_seen(known, source.transport, "in")
        if request.method != "ACK":
            self._open_server(request, via, key, source)
        elif runner is not None:
            runner.receive(request)
        else:
            self._user.ack_received(request)

    def _open_server(self, request: Request, via: Via, key: Key, source: Address) -> None:
        refused = self._refused_unseen(request, source)
        if refused is not None:
            if refused:
                self._answer_statelessly(request, refused, _reply_address(via, source))
            return
        inspect_request(request)
        runner = self._make_server(request, via, key, source)
        merged = merged_key(request)
        if merged is not None and merged in self._merged:
            self._observer.rejected(Rejection.MERGED)
            runner.respond(self.refusal(request, 482))
            return
        if merged is not None:
            self._merged[merged] = key
            runner.merged_key = merged
        if request.method == "CANCEL":
            self._receive_cancel(request, runner)
            return
        try:
            self._user.request_received(request, key, source)
        except SipError as error:
            self._observer.rejected(Rejection.MALFORMED)
            runner.respond(self.refusal(request, error.status))
        except Exception:
            _log.exception("a %s from %s", request.method, source)
            runner.respond(self.refusal(request, 500))

    def _refused_unseen(self, request: Request, source: Address) -> int | None:
        """The status to refuse with before any state is made, 0 to drop it, None to go on."""
        now = self.now()
        if not self._is_trusted(source) and not self._guard.allows(source.host, "request", now):
            self._observer.rejected(Rejection.RATE)
            return 0
        limit = self._settings.max_transactions
        if request.method == "CANCEL" and invite_key(request) in self._servers:
            limit *= 2  # it makes room, but even of these nobody may send without end
        if len(self._servers) + len(self._clients) >= limit:
            self._observer.rejected(Rejection.TRANSACTIONS)
            return 503
        return None

    def _make_server(self, request: Request, via: Via, key: Key, source: Address) -> ServerRunner:
        reliable = source.reliable
        machine = (
            InviteServerTransaction(request, reliable=reliable, timers=self._timers)
            if request.method == "INVITE"
            else ServerTransaction(request, reliable=reliable, timers=self._timers)
        )
        runner = ServerRunner(machine, key, _reply_address(via, source), self, self._forget_server)
        runner.fallback = _sent_by_address(via, source)
        self._servers[key] = runner
        runner.start()
        return runner

    def _receive_cancel(self, cancel: Request, runner: ServerRunner) -> None:
        """§9.2: 200 whatever becomes of the INVITE, 481 if there is none."""
        key = invite_key(cancel)
        if key not in self._servers:
            runner.respond(self.refusal(cancel, 481))
            return

        def answer(tag: str | None) -> None:
            ok = self.refusal(cancel, 200) if tag is None else response_to(cancel, 200, to_tag=tag)
            runner.respond(ok)

        self._user.cancel_received(cancel, key, answer)

    def _forget_server(self, runner: ServerRunner) -> None:
        self._servers.pop(runner.key, None)
        if runner.merged_key is not None:
            self._merged.pop(runner.merged_key, None)

    def refusal(self, request: Request, status: int, headers: Headers = ()) -> Response:
        """A final response with a tag of its own, the same for every copy of the request."""
        to_tag = f"{crc32(header(request, 'Call-ID').encode('utf-8', 'replace')):08x}"
        if status == 503:
            headers = (*headers, ("Retry-After", str(self._settings.retry_after_s)))
        return response_to(request, status, to_tag=to_tag, headers=headers)

    def _answer_statelessly(self, request: Request, status: int, destination: Address) -> None:
        if request.method == "ACK":
            return
        response = self.refusal(request, status)
        self.transmit(response, destination, repeated=False, failed=lambda _: None)

    def _as_received(self, request: Request, via: Via, source: Address) -> Request:
        """With `received` and `rport` as the packet came, §18.2.1 and RFC 3581 §4."""
        noted = via_as_received(via, source.host, source.port)
        return request if noted == via else with_top_via(request, format_via(noted))

    # ---- responses coming in

    def _receive_response(self, response: Response, source: Address) -> None:
        _, method = header(response, "CSeq").split()
        known = method if method in KNOWN else "OTHER"
        self._observer.response_seen(known, response.status, "in")
        runner = self._clients.get(client_key(response))
        if runner is None:
            self._observer.rejected(Rejection.STRAY_RESPONSE)
        else:
            runner.receive(response, source)

    # ---- requests going out

    def _start_client(
        self,
        request: Request,
        destination: Address,
        on_response: Callable[[Response], None],
        on_failure: Callable[[SipError], None],
    ) -> ClientRunner:
        if len(self._servers) + len(self._clients) >= self._settings.max_transactions:
            raise TransportFailed(str(destination), "too many transactions")
        reliable = destination.reliable
        machine = (
            InviteClientTransaction(request, reliable=reliable, timers=self._timers)
            if request.method == "INVITE"
            else ClientTransaction(request, reliable=reliable, timers=self._timers)
        )
        runner = ClientRunner(
            machine,
            client_key_of(request),
            destination,
            self,
            self._forget_client,
            on_response=on_response,
            on_failure=on_failure,
        )
        self._clients[runner.key] = runner
        runner.start()
        return runner

    def _forget_client(self, runner: ClientRunner) -> None:
        self._clients.pop(runner.key, None)

    def _with_via(self, request: Request, destination: Address) -> Request:
        ours = self.listeners.seen_by(destination)
        branch = f"{MAGIC_COOKIE}{self._rng.getrandbits(64):016x}"
        sent_by = f"{bracketed(ours.host)}:{ours.port}"
        via = f"SIP/2.0/{destination.transport} {sent_by};branch={branch};rport"
        return Request(request.method, request.uri, (("Via", via), *request.headers), request.body)

    def _note_sent(self, message: Message, to: Address, *, repeated: bool) -> None:
        method = header(message, "CSeq").rpartition(" ")[2]
        known = method if method in KNOWN else "OTHER"
        if repeated:
            self._observer.retransmitted(known)
        elif isinstance(message, Request):
            self._observer.request_seen(known, to.transport, "out")
        else:
            self._observer.response_seen(known, message.status, "out")


def _reply_address(via: Via, source: Address) -> Address:
    """Where a response goes: back over the connection; for UDP to the source's host, and to its
    port if `rport` asks for it, §18.2.2 and RFC 3581 §4. `maddr` is ignored: it would let
    anybody point our answers at anybody."""
    if source.reliable or "rport" in via.params:
        return source
    return source._replace(port=via.port or 5060)


def _sent_by_address(via: Via, source: Address) -> Address:
    """Where a response goes when the connection is gone, §18.2.2."""
    return source._replace(port=via.port or (5061 if source.is_encrypted else 5060))
