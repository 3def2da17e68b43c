"""A flood from a trunk's address stops none of its calls; the same from a stranger's does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from sip.message import Response
from tests.sip.edges.test_rejections import guess_until_banned, written
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import OFFER, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import ALICE, SERVICE_URI, TRUNKS, party_and_raw, settings_at
from tests.virtual_time import in_virtual_time

FLOOD: Final = 300


async def calls(raw: RawPeer) -> None:
    """Many at once, to numbers that there are not."""
    for number in range(FLOOD):
        raw.send(raw.request("INVITE", "sip:4711@example.test", call_id=f"flood {number}"))


async def probes(raw: RawPeer) -> None:
    for number in range(FLOOD):
        raw.send(raw.request("OPTIONS", SERVICE_URI, call_id=f"probe {number}"))


async def garbage_and_probes(raw: RawPeer) -> None:
    for _ in range(FLOOD):
        raw.send(written(raw, more="a line without a colon\r\n"))
    await probes(raw)


FLOODS: Final[tuple[Callable[[RawPeer], Awaitable[None]], ...]] = (
    calls,
    probes,
    garbage_and_probes,
    guess_until_banned,
)


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
@pytest.mark.parametrize("who", ["trunk", "stranger"])
@in_virtual_time
async def test_the_next_call_after_a_flood(
    who: str, flood: Callable[[RawPeer], Awaitable[None]]
) -> None:
    directory = PlainDirectory(
        phones={"2001": "secret"}, trunk_hosts=TRUNKS if who == "trunk" else {}
    )
    settings = settings_at(ALICE, requests_burst=20, requests_per_s=1, ban_after_failures=1)
    async with party_and_raw(MemoryNetwork(), directory=directory, settings=settings) as (_, raw):
        await flood(raw)
        await asyncio.sleep(0.1)
        raw.drain()
        raw.send(raw.request("INVITE", SERVICE_URI, call_id="the next", cseq=7, body=OFFER))
        await asyncio.sleep(0.1)
        answers = {
            message.status
            for message in raw.drain()
            if isinstance(message, Response) and ("CSeq", "7 INVITE") in message.headers
        }
        assert answers - {100} == ({200} if who == "trunk" else set())
