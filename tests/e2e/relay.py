"""A wire for SIP over UDP that mistreats chosen datagrams: loses, doubles or delays them.

    async with Relay(to=centre.sip_port, trouble=Trouble("200 INVITE", "lost")) as relay:
        # a phone sends to relay.front_port; the centre sees relay.back_port

Nothing is timed: a late datagram waits until the next one to the same side has passed it.
"""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self, cast

LOOPBACK: Final = "127.0.0.1"

Fate = Literal["lost", "doubled", "late"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to which datagram.

    `what`: "BYE" for the request, "200 BYE" for the response. `nth`: counted from 1, copies too;
    `towards` tells the caller's BYE from the centre's.
    """

    what: str
    fate: Fate
    nth: int = 1
    towards: Literal["front", "back", "any"] = "any"


class _Side(asyncio.DatagramProtocol):
    def __init__(self, relay: "Relay", name: Literal["front", "back"]) -> None:
        self._relay = relay
        self._name = name
        self.peer: tuple[str, int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._name == "front":
            self.peer = addr
        self._relay.passes(data, towards="back" if self._name == "front" else "front")

    def send(self, data: bytes) -> None:
        assert self.peer is not None, "the phone sends first"
        self.transport.sendto(data, self.peer)


class Relay:
    """Between one phone, in front, and one other party, at `to`."""

    def __init__(self, *, to: int, trouble: Trouble, front_port: int = 0) -> None:
        self._to = to
        self._trouble = trouble
        self._wanted_port = front_port
        self._matched = 0
        self._waiting: bytes | None = None
        self.passed: list[str] = []
        """What came to the relay, in order, whatever became of it."""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        _, self._front = await loop.create_datagram_endpoint(
            lambda: _Side(self, "front"), local_addr=(LOOPBACK, self._wanted_port)
        )
        _, self._back = await loop.create_datagram_endpoint(
            lambda: _Side(self, "back"), local_addr=(LOOPBACK, 0)
        )
        self._back.peer = (LOOPBACK, self._to)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._front.transport.close()
        self._back.transport.close()
        assert kind is not None or self.troubled, f"no {self._trouble} in {self.passed}"

    @property
    def front_port(self) -> int:
        return cast(int, self._front.transport.get_extra_info("sockname")[1])

    @property
    def back_port(self) -> int:
        return cast(int, self._back.transport.get_extra_info("sockname")[1])

    @property
    def troubled(self) -> bool:
        """Whether the chosen datagram came by."""
        return self._matched >= self._trouble.nth

    def passes(self, data: bytes, *, towards: Literal["front", "back"]) -> None:
        name = name_of(data)
        self.passed.append(f"{name} to the {towards}")
        side = self._back if towards == "back" else self._front
        if not self._is_troubled(name, towards):
            side.send(data)
            self._let_the_late_one_go(towards)
        elif self._trouble.fate == "doubled":
            side.send(data)
            side.send(data)
        elif self._trouble.fate == "late":
            self._waiting, self._late_towards = data, towards

    def _is_troubled(self, name: str, towards: str) -> bool:
        if name != self._trouble.what or self._trouble.towards not in ("any", towards):
            return False
        self._matched += 1
        return self._matched == self._trouble.nth

    def _let_the_late_one_go(self, towards: str) -> None:
        if self._waiting is not None and towards == self._late_towards:
            side = self._back if towards == "back" else self._front
            waiting, self._waiting = self._waiting, None
            side.send(waiting)


def name_of(data: bytes) -> str:
    """ "INVITE" or "200 INVITE": what a datagram is."""
    lines = data.decode("utf-8", "replace").split("\r\n")
    words = lines[0].split()
    if words[0] != "SIP/2.0":
        return words[0]
    cseq = next(line for line in lines if line.lower().startswith("cseq:"))
    return f"{words[1]} {cseq.split()[-1]}"
