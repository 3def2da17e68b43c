"""A request finds its way: hop after hop until somebody answers, RFC 3263 §4.3.

A long request to a UDP hop tries TCP first, RFC 3261 §18.1.1. Whoever sends sees one request with
one answer, however many transactions it took.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sip.address import Address
from sip.dialogs.dialog import next_hop
from sip.edges.networks import Networks
from sip.edges.outgoing import with_contact
from sip.edges.resolver import Resolver
from sip.edges.transaction_layer import TransactionLayer
from sip.edges.transaction_runner import ClientRunner
from sip.errors import MalformedMessage, SipError, TransportFailed
from sip.headers.numeric import parse_retry_after
from sip.message import Headers, Request, Response, header, header_or_none
from sip.serialiser import serialise
from sip.settings import SipSettings

VIA_BYTES: Final = 100
"""What the top Via adds to a request, about."""

OnResponse = Callable[[Response], None]
OnFailure = Callable[[SipError], None]
OnContact = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One address to try.

    Attributes:
        found: the address that was found; `to` may be its TCP side, for one long request alone.
        patience_s: how long it may stay without a connection, or, with further ones to try,
            without any answer at all.
    """

    to: Address
    found: Address
    patience_s: float | None = None


class Sending:
    """One request on its way. `on_response` may be told many times, `on_failure` once at most.

    With `on_contact` the Contact names us as each hop can reach us, which is told: who gives a
    request to a name does not know yet whether that leads to UDP or TLS, nor to which of our
    listeners.
    """

    def __init__(
        self,
        delivery: "Delivery",
        request: Request,
        on_response: OnResponse,
        on_failure: OnFailure,
        on_contact: OnContact | None = None,
    ) -> None:
        self.request = request
        self._on_contact = on_contact
        self._settled = False
        self._delivery = delivery
        self._on_response = on_response
        self._on_failure = on_failure
        self._attempts: list[Attempt] = []
        self._runner: ClientRunner | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def heard_from(self) -> Address | None:
        """Where the latest response came from."""
        return self._runner.heard_from if self._runner is not None else None

    def cancel(self, headers: Headers = ()) -> None:
        if self._runner is not None:
            self._delivery.layer.cancel(self._runner, headers)

    def settle(self) -> None:
        """Whoever has it by now may answer; nobody else is asked."""
        self._stop_timer()
        self._settled = True
        self._attempts.clear()

    def abandon(self) -> None:
        """Forget it; whatever still comes is a stray."""
        self._stop_timer()
        if self._runner is not None:
            self._runner.abandon()

    def start(self, attempts: Iterable[Attempt]) -> None:
        self._attempts = [] if self._settled else list(attempts)
        self._try_next(TransportFailed(self.request.uri, "no way there"))

    def fail(self, error: SipError) -> None:
        self._stop_timer()
        self._on_failure(error)

    def _try_next(self, error: SipError) -> None:
        """`error` is told when nothing is left to try."""
        self._stop_timer()
        if not self._attempts:
            self._on_failure(error)
            return
        attempt = self._attempts.pop(0)
        try:
            self._runner = self._delivery.layer.request(
                self._as_seen_by(attempt.found),
                attempt.to,
                on_response=lambda response: self._receive(attempt, response),
                on_failure=lambda failure: self._failed(attempt, failure),
            )
        except TransportFailed as failure:
            self._on_failure(failure)  # we are full: another hop would not help
            return
        if attempt.patience_s is not None and self._attempts:
            self._timer = asyncio.get_running_loop().call_later(
                attempt.patience_s, self._lose_patience, attempt
            )

    def _as_seen_by(self, hop: Address) -> Request:
        if self._on_contact is None:
            return self.request
        request = with_contact(self.request, self._delivery.layer.listeners.seen_by(hop))
        self._on_contact(header(request, "Contact"))
        return request

    def _receive(self, attempt: Attempt, response: Response) -> None:
        self._stop_timer()
        if 100 < response.status < 200:
            self._attempts.clear()  # it rings: nobody else shall
        if response.status == 503 and self._attempts:
            self._delivery.resolver.avoid(attempt.to, _retry_after_s(response))
            self._try_next(TransportFailed(str(attempt.to), "503"))
            return
        self._on_response(response)

    def _failed(self, attempt: Attempt, error: SipError) -> None:
        self._delivery.failed(attempt.to)
        self._try_next(error)

    def _lose_patience(self, attempt: Attempt) -> None:
        self._timer = None
        assert self._runner is not None
        switched = attempt.to.reliable and self._delivery.is_reached(attempt.to)
        if switched and attempt.patience_s == self._delivery.stream_patience_s:
            return  # connected: the answer is the peer's to give
        self._runner.abandon()
        self._failed(attempt, TransportFailed(str(attempt.to), "silence"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Delivery:
    def __init__(self, layer: TransactionLayer, resolver: Resolver, settings: SipSettings) -> None:
        self.layer = layer
        self.resolver = resolver
        self.stream_patience_s = settings.stream_patience_s
        self._hop_patience_s = settings.hop_patience_s
        self._stream_above = settings.stream_above_bytes
        self._udp_only = Networks(settings.udp_only)

    def send(
        self,
        request: Request,
        to: Address | None,
        *,
        pinned: bool = False,
        on_response: OnResponse,
        on_failure: OnFailure,
        on_contact: OnContact | None = None,
    ) -> Sending:
        """Send to an address, or where the request's Route or URI leads.

        `pinned`: exactly there, by that very transport: a phone is met through its pinhole only.
        """
        sending = Sending(self, request, on_response, on_failure, on_contact)
        if to is not None:
            ways = [Attempt(to, to)] if pinned else self._attempts(request, (to,))
            sending.start(ways)
        else:
            self._find(
                request, lambda hops: sending.start(self._attempts(request, hops)), sending.fail
            )
        return sending

    async def final_status(self, request: Request, to: Address | None) -> int:
        """The status that ends it; 408 for silence and 503 when nothing can be sent there."""
        status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def settle(value: int) -> None:
            if value >= 200 and not status.done():
                status.set_result(value)

        self.send(
            request,
            to,
            on_response=lambda response: settle(response.status),
            on_failure=lambda error: settle(error.status),
        )
        return await status

    def send_ack(self, ack: Request, to: Address | None, on_failure: OnFailure) -> None:
        if to is not None:
            self.layer.send_ack(ack, to)
        else:
            self._find(ack, lambda hops: self.layer.send_ack(ack, hops[0]), on_failure)

    def is_reached(self, to: Address) -> bool:
        return self.layer.reaches(to)

    def failed(self, to: Address) -> None:
        self.resolver.avoid(to)

    def _find(
        self, request: Request, found: Callable[[tuple[Address, ...]], None], failed: OnFailure
    ) -> None:
        try:
            uri = next_hop(request)
        except SipError as error:
            failed(error)
            return
        self.resolver.resolve(uri, found, failed)

    def _attempts(self, request: Request, hops: tuple[Address, ...]) -> list[Attempt]:
        attempts: list[Attempt] = []
        for hop in map(self.layer.listeners.routed, hops):
            if self._is_too_long(request, hop):
                stream = self.layer.listeners.routed(hop._replace(transport="TCP"))
                attempts.append(Attempt(stream, hop, self.stream_patience_s))
            attempts.append(Attempt(hop, hop, self._hop_patience_s))
        return attempts

    def _is_too_long(self, request: Request, hop: Address) -> bool:
        """For UDP, where TCP is served: and the peer is not known to refuse it."""
        if hop.transport != "UDP" or not self._stream_above or not self._stream_to(hop):
            return False
        if len(serialise(request)) + VIA_BYTES <= self._stream_above:
            return False
        return not self._udp_only.has(hop.host)

    def _stream_to(self, hop: Address) -> bool:
        stream = self.layer.listeners.routed(hop._replace(transport="TCP"))
        served = self.layer.listeners.transport(stream) is not None
        return served and not self.resolver.is_avoided(stream)


def _retry_after_s(response: Response) -> float | None:
    value = header_or_none(response, "Retry-After")
    try:
        return None if value is None else float(parse_retry_after(value))
    except MalformedMessage:
        return None
