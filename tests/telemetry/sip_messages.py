"""Messages of a call through the main menu to an agent's phone, as the capture meets them."""

from typing import Literal

from events.calls import (
    CallArrived,
    CallEnded,
    CallHeld,
    CallRouted,
    Direction,
    LegDialled,
    NodeVisited,
    Outcome,
    Side,
)
from events.event import Event
from events.ids import (
    AgentId,
    CallId,
    EntryId,
    FlowName,
    NodeName,
    OfferId,
    PartyId,
    QueueName,
    TrunkName,
)
from events.log import EventLog
from events.queues import CallOffered, CallQueued, QueueAnswered
from telemetry.sip_capture import SipCapture

CALL = CallId("c-1")
SDP = "Content-Type: application/sdp\r\n"


class Wire:
    """Messages and events put into a capture at the instants that a test names."""

    def __init__(self, capture: SipCapture) -> None:
        self.capture = capture
        self.now = 0.0
        self._log = EventLog(utc=lambda: 1_800_000_000.0 + self.now, steady=lambda: self.now)
        self._log.listen(capture.observe)

    def tell(self, at: float, event: Event) -> None:
        self.now = at
        self._log.append(event)

    def message(
        self,
        at: float,
        direction: Literal["in", "out"],
        port: int,
        dialog: str,
        first: str,
        headers: str = "",
        body: str = "",
    ) -> None:
        text = f"{first}\r\nVia: SIP/2.0/UDP x\r\nCall-ID: {dialog}\r\n{headers}\r\n{body}"
        self.capture.add(direction, "UDP", "127.0.0.1", port, text.encode(), at)

    def request(self, at: float, direction: Literal["in", "out"], port: int, method: str) -> None:
        self.message(at, direction, port, f"d-{port}", f"{method} sip:x@y SIP/2.0")

    def response(
        self, at: float, direction: Literal["in", "out"], port: int, status: str, method: str
    ) -> None:
        headers = f"CSeq: 1 {method}\r\n"
        self.message(at, direction, port, f"d-{port}", f"SIP/2.0 {status}", headers)


def queue_call(wire: Wire) -> None:
    """A caller at port 5070 reaches phone 2001 at port 5091, is held, and hangs up."""
    offer = "v=0\r\na=sendrecv\r\n"
    invite = "INVITE sip:1000@127.0.0.1 SIP/2.0"
    wire.message(10.0, "in", 5070, "d-5070", invite, SDP, offer)
    wire.tell(
        10.001,
        CallArrived(
            *(CALL, Direction.INBOUND, PartyId("p"), "1000", "d-5070"), trunk=TrunkName("loopback")
        ),
    )
    wire.tell(10.002, CallRouted(CALL, "flow", "main", "1000"))
    for at in (10.01, 10.51):
        ok = "CSeq: 1 INVITE\r\n" + SDP
        wire.message(at, "out", 5070, "d-5070", "SIP/2.0 200 OK", ok, offer)
    wire.request(10.6, "in", 5070, "ACK")
    wire.tell(13.0, NodeVisited(CALL, FlowName("main"), NodeName("menu"), "2"))
    entry, queue, agent = EntryId("e-1"), QueueName("technical"), AgentId("anna")
    wire.tell(13.1, CallQueued(CALL, entry, queue, priority=2))
    wire.tell(13.2, CallOffered(CALL, entry, queue, OfferId(1), agent))
    wire.tell(13.2, LegDialled(CALL, "c-1-1", "phone", "2001", agent, sip_call_id="d-5091"))
    wire.message(13.2, "out", 5091, "d-5091", "INVITE sip:2001@127.0.0.1 SIP/2.0", SDP, offer)
    wire.response(13.3, "in", 5091, "180 Ringing", "INVITE")
    wire.response(15.0, "in", 5091, "200 OK", "INVITE")
    wire.tell(15.001, QueueAnswered(CALL, entry, queue, agent, OfferId(1), 1.9))
    wire.request(15.002, "out", 5091, "ACK")
    hold = "To: <sip:x>;tag=1\r\n" + SDP
    wire.message(20.0, "in", 5091, "d-5091", "INVITE sip:x@y SIP/2.0", hold, "v=0\r\na=sendonly")
    wire.tell(20.001, CallHeld(CALL, Side.AGENT))
    wire.request(30.0, "in", 5070, "BYE")
    wire.response(30.001, "out", 5070, "200 OK", "BYE")
    wire.tell(30.002, CallEnded(CALL, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up"))
