"""What the observer is told, so that counters and ladders show what was on the wire."""

import asyncio
from collections import Counter

from sip.address import Address
from sip.dialogs.leg_events import Confirmed
from sip.message import Response
from sip.observer import Direction
from tests.sip.memory_network import MemoryNetwork, losing
from tests.sip.parties import Party, PlainDirectory
from tests.sip.scenes import (
    ALICE,
    BOB,
    BOB_URI,
    SERVICE_URI,
    TRUNKS,
    party_and_raw,
    settings_at,
)
from tests.virtual_time import in_virtual_time


class Counters:
    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.wire: list[tuple[Direction, bytes]] = []

    def request_seen(self, method: str, transport: str, direction: Direction) -> None:
        self.seen[f"{direction} {method} {transport}"] += 1

    def response_seen(self, method: str, code: int, direction: Direction) -> None:
        self.seen[f"{direction} {code} {method}"] += 1

    def retransmitted(self, method: str) -> None:
        self.seen[f"again {method}"] += 1

    def rejected(self, reason: str) -> None:
        self.seen[f"rejected {reason}"] += 1

    def message(self, direction: Direction, address: Address, data: bytes, at: float) -> None:
        self.wire.append((direction, data))


@in_virtual_time
async def test_each_message_is_counted_once_and_each_copy_as_such() -> None:
    network = MemoryNetwork(losing(1))  # the 200
    directory = PlainDirectory(trunk_hosts=TRUNKS)
    ours, theirs = Counters(), Counters()
    alice = Party(settings_at(ALICE), directory, transports=network.open, observer=ours, seed=1)
    bob = Party(settings_at(BOB), directory, transports=network.open, observer=theirs, seed=2)
    await alice.agent.start()
    await bob.agent.start()
    alice.call(BOB_URI)
    await bob.until(Confirmed)
    await asyncio.sleep(100)
    assert ours.seen == {
        "out INVITE UDP": 1,
        "again INVITE": 1,  # at 0.5 s, like the second 200
        "in 200 INVITE": 1,
        "out ACK UDP": 1,
    }
    assert theirs.seen == {
        "in INVITE UDP": 1,
        "out 200 INVITE": 1,
        "again INVITE": 1,
        "in ACK UDP": 1,
    }
    assert [direction for direction, _ in ours.wire] == ["out", "out", "in", "out"]
    assert [data for direction, data in ours.wire if direction == "out"] == [
        datagram.data for datagram in network.log if datagram.source == ALICE
    ]
    await alice.agent.stop()
    await bob.agent.stop()


@in_virtual_time
async def test_cancels_of_nothing_do_not_fill_the_server() -> None:
    settings = settings_at(ALICE, max_transactions=5)
    async with party_and_raw(MemoryNetwork(), settings=settings) as (party, raw):
        for number in range(40):
            raw.send(raw.request("CANCEL", SERVICE_URI, call_id=f"c{number}"))
        await asyncio.sleep(0.1)
        assert party.agent.transaction_counts()["server"] == 5
        statuses = [m.status for m in raw.drain() if isinstance(m, Response)]
        assert (statuses.count(481), statuses.count(503)) == (5, 35)
