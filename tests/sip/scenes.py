"""Set up two parties, or one party and a raw peer, on the in-memory network."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sip.address import Address
from sip.dialogs.leg_events import LegEvent
from sip.edges.sip_leg import SipLeg
from sip.message import Headers, Request, Response, header
from sip.settings import SipSettings
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import OFFER, Party, PlainDirectory, answer, listen
from tests.sip.raw_peer import RawPeer

ALICE = Address("UDP", "127.0.0.1", 5080)
BOB = Address("UDP", "127.0.0.2", 5080)
RAW = Address("UDP", "127.0.0.3", 5080)
BOB_URI = "sip:bob@127.0.0.2:5080"
SERVICE_URI = "sip:1000@example.test"
RAW_URI = "sip:raw@127.0.0.3:5080"

TRUNKS = {"127.0.0.1": "here", "127.0.0.2": "there", "127.0.0.3": "raw"}

OnCall = Callable[[Party, SipLeg], None]
OnEvent = Callable[[Party, SipLeg, LegEvent], None]


def settings_at(address: Address, **more: object) -> SipSettings:
    return SipSettings(listen=address.host, port=address.port, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def two_parties(
    network: MemoryNetwork,
    *,
    bob_answers: OnCall = answer,
    on_alice: OnEvent = listen,
    on_bob: OnEvent = listen,
) -> AsyncIterator[tuple[Party, Party]]:
    directory = PlainDirectory(trunk_hosts=TRUNKS)
    alice = Party(settings_at(ALICE), directory, on_event=on_alice, transports=network.open, seed=1)
    bob = Party(
        settings_at(BOB),
        directory,
        on_call=bob_answers,
        on_event=on_bob,
        transports=network.open,
        seed=2,
    )
    await alice.agent.start()
    await bob.agent.start()
    try:
        yield alice, bob
    finally:
        await alice.agent.stop()
        await bob.agent.stop()


@asynccontextmanager
async def party_and_raw(
    network: MemoryNetwork,
    *,
    on_call: OnCall = answer,
    on_event: OnEvent = listen,
    directory: PlainDirectory | None = None,
    settings: SipSettings | None = None,
) -> AsyncIterator[tuple[Party, RawPeer]]:
    party = Party(
        settings or settings_at(ALICE),
        directory or PlainDirectory(trunk_hosts=TRUNKS),
        on_call=on_call,
        on_event=on_event,
        transports=network.open,
    )
    await party.agent.start()
    raw = await RawPeer(party.address).open(network.open, RAW)
    try:
        yield party, raw
    finally:
        await party.agent.stop()
        await raw.transport.close()


async def established(raw: RawPeer, *, headers: Headers = (), sdp: bytes = OFFER) -> Response:
    """An INVITE, its 200 and the ACK."""
    raw.send(raw.request("INVITE", SERVICE_URI, headers=headers, body=sdp))
    ok = await raw.next_response(200)
    raw.send(in_dialog(raw, "ACK", ok, cseq=1))
    await asyncio.sleep(0.01)
    return ok


def in_dialog(
    raw: RawPeer,
    method: str,
    ok: Response,
    *,
    cseq: int,
    headers: Headers = (),
    body: bytes = b"",
    sender: str = "<sip:raw@example.test>;tag=raw",
) -> Request:
    target = header(ok, "Contact").partition("<")[2].partition(">")[0]
    return raw.request(
        method,
        target,
        to=header(ok, "To"),
        sender=sender,
        cseq=cseq,
        headers=headers,
        body=body,
    )
