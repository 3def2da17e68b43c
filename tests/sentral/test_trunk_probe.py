"""OPTIONS to gateways: n failures take a trunk down, m answers bring it up; a refusal is one."""

from pathlib import Path

import pytest

from events.agents import TrunkDown, TrunkUp
from sentral.trunk_probe import TrunkProbe
from sip.address import Address
from sip.message import Request
from tests.calls.house import House
from tests.calls.phone import CENTRE
from tests.calls.plan import CARRIER, GATEWAY_PORT
from tests.sip.raw_peer import RawPeer
from tests.virtual_time import in_virtual_time

PROBED = {
    "trunks": {"carrier": {"probe_s": 10.0, "probe_down_after": 3, "probe_up_after": 2}},
}


class Gateway:
    """Answers each OPTIONS with the next of its statuses; 0 is silence."""

    def __init__(self, peer: RawPeer) -> None:
        self._peer = peer

    @classmethod
    async def at(cls, house: House) -> "Gateway":
        peer = RawPeer(Address("UDP", CENTRE, 5060))
        await peer.open(house.network.open, Address("UDP", CARRIER, GATEWAY_PORT))
        return cls(peer)

    async def answer(self, *statuses: int) -> None:
        seen: set[str] = set()
        for status in statuses:
            while (asked := await self._peer.next_request("OPTIONS")) and _id(asked) in seen:
                pass  # a repetition
            seen.add(_id(asked))
            self._peer.respond(asked, status)


def _id(request: Request) -> str:
    return next(value for name, value in request.headers if name == "Call-ID")


@pytest.mark.parametrize("status", [200, 404, 405, 486, 500, 603])
@in_virtual_time
async def test_whoever_answers_is_there(status: int, tmp_path: Path) -> None:
    async with House(tmp_path, changes=PROBED) as house:
        gateway = await Gateway.at(house)
        probe = TrunkProbe(house.parts)
        probe.start()
        await gateway.answer(*[status] * 5)
        await probe.stop()
        assert (house.count(TrunkUp), house.count(TrunkDown)) == (1, 0)


@in_virtual_time
async def test_so_many_failures_take_it_down_and_so_many_answers_bring_it_back(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, changes=PROBED) as house:
        gateway = await Gateway.at(house)
        probe = TrunkProbe(house.parts)
        probe.start()
        await gateway.answer(200, 503, 503, 200, 503, 503)  # never three in a row
        await house.later(1)
        assert house.count(TrunkDown) == 0
        await gateway.answer(503)
        await house.until(TrunkDown)
        await gateway.answer(200, 503, 200)
        await house.later(1)
        assert house.count(TrunkUp) == 1
        await gateway.answer(404)
        await house.until(TrunkUp, count=2)
        await probe.stop()


@in_virtual_time
async def test_silence_is_a_failure(tmp_path: Path) -> None:
    async with House(tmp_path, changes=PROBED) as house:
        probe = TrunkProbe(house.parts)  # nobody is at the gateway's address
        probe.start()
        await house.later(150)
        await probe.stop()
        assert house.count(TrunkDown) == 1
