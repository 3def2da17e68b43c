"""Bytes that no phone would send, at the served centre: 400 or silence, and the next call works."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from sip.address import Address
from sip.edges.sockets import real_sockets
from sip.message import header
from tests.e2e.stage import CALM
from tests.rig.centre import Centre
from tests.rig.sipp import run_sipp
from tests.sip.raw_peer import RawPeer

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("hostile_traffic"),
]

HEAD = (
    b"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%d;rport\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:1002@b>\r\nCall-ID: hostile-%d\r\nMax-Forwards: 70\r\n"
)
SESSION = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
PATIENCE_S = 60.0
RETRANSMIT_S = 0.5

ODD: dict[str, tuple[bytes, int | None]] = {
    "no SIP at all": (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", None),
    "all bytes": (bytes(range(256)) * 8, None),
    "only zeros": (bytes(1200), None),
    "the longest datagram": (b"A" * 65_000, None),
    "a line that never ends": (b"INVITE sip:1002@b SIP/2.0\r\nVia: " + b"<" * 50_000, None),
    "no CSeq": (b"INVITE sip:1002@b SIP/2.0\r\n" + HEAD % (1, 1) + b"\r\n", None),
    "a CSeq of another method": (
        b"INVITE sip:1002@b SIP/2.0\r\n" + HEAD % (2, 2) + b"CSeq: 1 BYE\r\n\r\n",
        400,
    ),
    "a body cut short": (
        b"INVITE sip:1002@b SIP/2.0\r\n"
        + HEAD % (3, 3)
        + b"CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 999\r\n\r\nv=0",
        400,
    ),
    "another version of SIP": (
        b"INVITE sip:1002@b SIP/9.0\r\n" + HEAD % (4, 4) + b"CSeq: 1 INVITE\r\n\r\n",
        505,
    ),
    "a Request-URI that is none": (
        b"INVITE <sip:1002@b> SIP/2.0\r\n" + HEAD % (5, 5) + b"CSeq: 1 INVITE\r\n\r\n",
        400,
    ),
    "a session without sound": (
        b"INVITE sip:1002@127.0.0.1 SIP/2.0\r\n"
        + HEAD % (6, 6)
        + b"CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:9>\r\nContent-Type: application/sdp\r\n"
        + b"Content-Length: %d\r\n\r\n" % len(SESSION)
        + SESSION,
        488,
    ),
    "a session that is noise": (
        b"INVITE sip:1002@127.0.0.1 SIP/2.0\r\n"
        + HEAD % (7, 7)
        + b"CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:9>\r\nContent-Type: application/sdp\r\n"
        + b"Content-Length: 5\r\n\r\n\xff\xfe\x00m=",
        400,
    ),
    "a response out of the blue": (
        b"SIP/2.0 200 OK\r\n" + HEAD % (8, 8) + b"CSeq: 1 INVITE\r\n\r\n",
        None,
    ),
    "an ACK of nothing": (
        b"ACK sip:1002@b SIP/2.0\r\n" + HEAD % (9, 9) + b"CSeq: 1 ACK\r\n\r\n",
        None,
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with Centre(tmp_path_factory.mktemp("hostile"), changes=CALM) as served:
        yield served


class Sender:
    """A socket that says anything and keeps what comes back."""

    def __init__(self, centre: Centre) -> None:
        self._to = ("127.0.0.1", centre.sip_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendto(self._socket, data, self._to)

    async def status(self) -> int:
        """Of the next response."""
        data = await asyncio.get_running_loop().sock_recv(self._socket, 65_535)
        assert data.startswith(b"SIP/2.0 "), data
        return int(data.split()[1])

    async def statuses_until_alive(self, name: str) -> list[int]:
        """Every status up to the answer to an OPTIONS, which shows that the centre still hears."""
        port = self._socket.getsockname()[1]
        alive = (
            f"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};"
            f"branch=z9hG4bKalive{name};rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:127.0.0.1>\r\n"
            f"Call-ID: alive-{name}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
        ).encode()
        asking = asyncio.create_task(self._ask_until_answered(alive))
        seen: list[int] = []
        async with asyncio.timeout(PATIENCE_S):
            while (status := await self.status()) != 200:
                seen.append(status)
        asking.cancel()
        return seen

    async def _ask_until_answered(self, request: bytes) -> None:
        """The kernel may drop a datagram of a flood."""
        while True:
            await self.send(request)
            await asyncio.sleep(RETRANSMIT_S)


@pytest.mark.parametrize("case", ODD)
async def test_an_odd_datagram_gets_its_status_or_silence(case: str, centre: Centre) -> None:
    data, status = ODD[case]
    with Sender(centre) as sender:
        await sender.send(data)
        answers = await sender.statuses_until_alive(case.replace(" ", "-"))
    assert set(answers) == ({status} if status is not None else set())
    await centre.until_metric("sentral_calls_active", 0)


async def test_a_flood_of_garbage_leaves_the_centre_serving(centre: Centre, tmp_path: Path) -> None:
    rng = Random(20)
    sound = b"INVITE sip:1002@b SIP/2.0\r\n" + HEAD % (10, 10) + b"CSeq: 1 INVITE\r\n\r\n"
    with Sender(centre) as sender:
        for number in range(4000):
            noise = bytearray(sound if number % 2 else rng.randbytes(rng.randrange(1, 1400)))
            for _ in range(6):
                noise[rng.randrange(len(noise))] = rng.randrange(256)
            await sender.send(bytes(noise))
        answers = await sender.statuses_until_alive("after-the-flood")
    assert set(answers) <= {400, 401, 403, 404, 405, 416, 481, 482, 483, 488, 501, 505, 513}
    await run_sipp(
        "uac_abandons_in_queue",
        folder=tmp_path,
        remote=centre.sip,
        pause_ms=100,
        keys={"number": "1001", "caller": "5551234"},
    )
    await centre.until_metric("sentral_calls_active", 0)


async def test_nonsense_over_tcp_costs_only_its_own_connection(centre: Centre) -> None:
    async def rant(seed: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", centre.sip_port)
        writer.write(Random(seed).randbytes(100_000) + b"\r\n\r\n" + b"BYE" * 20_000)
        assert await asyncio.wait_for(_read_to_the_end(reader), 60) is not None
        writer.close()

    await asyncio.gather(*(rant(seed) for seed in range(20)))
    peer = await RawPeer(Address("TCP", "127.0.0.1", centre.sip_port)).open(
        real_sockets, Address("TCP", "127.0.0.1", 0)
    )
    peer.send(peer.request("OPTIONS", "sip:127.0.0.1", call_id="after-the-rant"))
    await peer.next_response(200)
    await peer.transport.close()


async def _read_to_the_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:  # it was cut off while it still talked
        return b""


async def test_a_call_that_arrives_by_two_ways_is_served_once(centre: Centre) -> None:
    """RFC 3261 §8.2.2.2: the same request with another branch came round in a loop."""
    uri = f"sip:1002@{centre.sip}"
    peer = await RawPeer(Address("UDP", "127.0.0.1", centre.sip_port)).open(
        real_sockets, Address("UDP", "127.0.0.1", 0)
    )

    def say(method: str, *, to: str = f"<{uri}>", cseq: int = 1) -> None:
        body = SESSION + b"m=audio 9 RTP/AVP 0\r\n" if method == "INVITE" else b""
        sender = "<sip:5551234@elsewhere.example>;tag=two"
        peer.send(
            peer.request(
                method, uri, to=to, sender=sender, call_id="two-ways", cseq=cseq, body=body
            )
        )

    say("INVITE")
    ok = await peer.next_response(200)
    say("INVITE")
    await peer.next_response(482)
    say("ACK", to=header(ok, "To"))
    say("BYE", to=header(ok, "To"), cseq=2)
    await peer.next_response(200)
    await peer.transport.close()
    await centre.until_metric("sentral_calls_active", 0)


async def test_nothing_is_left_and_nothing_was_a_traceback(centre: Centre) -> None:
    """The last of the file."""
    await centre.until_metric("sentral_sip_dialogs", 0)
    await centre.until_metric("sentral_media_ports", 0, state="in_use")
    await centre.until_metric("sentral_sip_transactions", 0)
    assert "Traceback" not in centre.read_log()
    assert "exception" not in centre.read_log().lower()
