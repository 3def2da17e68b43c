"""SIP on the wire, and what the stack holds. `SipSeries` is a `sip.observer.SipObserver`."""

from typing import Final, Literal, Protocol

from prometheus_client import Counter, Gauge

from telemetry.face import Series, Surroundings
from telemetry.labels import Children, FewWords
from telemetry.masking import masked

METHODS: Final = (
    *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK"),
    *("REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "PUBLISH"),
)
KINDS: Final = ("invite_client", "invite_server", "client", "server")
MOST_REASONS: Final = 100

Direction = Literal["in", "out"]


class MessageSink(Protocol):
    """`telemetry.sip_capture.SipCapture`, `telemetry.hep.HepExporter`."""

    def add(
        self, direction: Direction, transport: str, host: str, port: int, data: bytes, at: float
    ) -> None: ...


class SocketAddress(Protocol):
    """One end of a transport, as `sip` names it."""

    @property
    def transport(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class SipSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._counters(surroundings)
        self._gauges(surroundings)
        self._method = FewWords(len(METHODS), known=METHODS)
        self._reason = FewWords(MOST_REASONS)
        self._captures: list[MessageSink] = []

    def capture_into(self, capture: MessageSink) -> None:
        """Hand every message on too: to the ladders' memory, to a collector."""
        self._captures.append(capture)

    def request_seen(self, method: str, transport: str, direction: Direction) -> None:
        self._requests(self._method(method), transport, direction).inc()

    def response_seen(self, method: str, code: int, direction: Direction) -> None:
        self._responses(self._method(method), code, direction).inc()

    def retransmitted(self, method: str) -> None:
        self._retransmissions(self._method(method)).inc()

    def rejected(self, reason: str) -> None:
        self._rejected(self._reason(reason)).inc()

    def message(self, direction: Direction, address: SocketAddress, data: bytes, at: float) -> None:
        shown = masked(data)
        for capture in self._captures:
            capture.add(direction, address.transport, address.host, address.port, shown, at)

    def refresh(self) -> None:
        gauges = self._around.gauges
        counts = gauges.sip_transactions()
        for kind in {*KINDS, *counts}:
            self._transactions(kind).set(counts.get(kind, 0))
        self._dialogs.set(gauges.sip_dialogs())
        self._registrations.set(gauges.sip_registrations())

    def _counters(self, surroundings: Surroundings) -> None:
        registry = surroundings.registry
        self._requests = Children(
            Counter(
                "sentral_sip_requests",
                "Requests received (in) and sent (out), retransmissions left out.",
                ["method", "transport", "direction"],
                registry=registry,
            )
        )
        self._responses = Children(
            Counter(
                "sentral_sip_responses",
                "Responses received (in) and sent (out), retransmissions left out.",
                ["method", "code", "direction"],
                registry=registry,
            )
        )
        self._retransmissions = Children(
            Counter(
                "sentral_sip_retransmissions",
                "Messages that we sent once more.",
                ["method"],
                registry=registry,
            )
        )
        self._rejected = Children(
            Counter(
                "sentral_sip_rejected",
                "What the SIP side refused or dropped.",
                ["reason"],
                registry=registry,
            )
        )

    def _gauges(self, surroundings: Surroundings) -> None:
        registry = surroundings.registry
        self._transactions = Children(
            Gauge("sentral_sip_transactions", "Transactions held now.", ["kind"], registry=registry)
        )
        self._dialogs = Gauge("sentral_sip_dialogs", "Dialogs held now.", registry=registry)
        self._registrations = Gauge(
            "sentral_sip_registrations", "Registered contacts now.", registry=registry
        )
