"""The event stream over a WebSocket."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from events.calls import CallAnswered, CallCheckpointed, CallRang
from events.event import Recorded
from events.ids import CallId
from tests.web.serving import House, Served, served

LONG_S = 60.0


def ringing(seq: int, call: str = "c-1") -> Recorded:
    return Recorded(seq, float(seq), float(seq), CallRang(CallId(call)))


async def opened(web: Served, query: str = "") -> aiohttp.ClientWebSocketResponse:
    """A client that is known to be subscribed."""
    before = len(web.context.feed)
    socket = await web.client.ws_connect(f"/api/v1/events{query}")
    assert len(web.context.feed) == before + 1, "subscribed before the handshake is answered"
    return socket


async def seqs(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[int]:
    return [(await socket.receive_json(timeout=LONG_S))["seq"] for _ in range(count)]


async def test_events_come_as_they_happen(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        socket = await opened(web)
        for seq in (1, 2, 3):
            web.context.feed.publish(ringing(seq))
        first = await socket.receive_json(timeout=LONG_S)
        assert (first["seq"], first["kind"]) == (1, "CallRang")
        assert await seqs(socket, 2) == [2, 3]
        await socket.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [("?call=c-2", [2, 4]), ("?kinds=CallRang,CallEnded", [1, 2, 3, 4]), ("?call=c-9", [])],
)
async def test_filters(query: str, expected: list[int], tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        socket = await opened(web, query)
        everything = await opened(web)
        for seq, call in enumerate(("c-1", "c-2", "c-1", "c-2"), start=1):
            web.context.feed.publish(ringing(seq, call))
        assert await seqs(everything, 4) == [1, 2, 3, 4]
        assert await seqs(socket, len(expected)) == expected
        await socket.close()
        await everything.close()


async def test_checkpoints_stay_inside(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        socket = await opened(web)
        inner = Recorded(1, 1.0, 1.0, CallCheckpointed(CallId("c-1"), "queued"))
        web.context.feed.publish(inner)
        web.context.feed.publish(ringing(2))
        assert await seqs(socket, 1) == [2]
        await socket.close()


async def test_an_event_that_has_no_json_troubles_nobody(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        socket = await opened(web)
        web.context.feed.publish(Recorded(1, 1.0, 1.0, CallAnswered(CallId("c"), float("nan"))))
        web.context.feed.publish(ringing(2))
        assert await seqs(socket, 1) == [2]
        await socket.close()


async def test_without_a_token_there_is_no_stream(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await web.stranger.ws_connect("/api/v1/events")
        assert refused.value.status == 401
        assert len(web.context.feed) == 0


async def test_only_so_many_clients(tmp_path: Path) -> None:
    async with served(House(), tmp_path, event_clients=1) as web:
        socket = await opened(web)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await web.client.ws_connect("/api/v1/events")
        assert refused.value.status == 503
        await socket.close()


async def test_a_client_that_leaves_is_forgotten(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        socket = await opened(web)
        await socket.close()
        async with asyncio.timeout(LONG_S):
            while len(web.context.feed):  # noqa: ASYNC110  only the server's turn can change it
                await asyncio.sleep(0)


async def test_a_client_that_falls_behind_is_dropped_with_a_reason(tmp_path: Path) -> None:
    async with served(House(), tmp_path, event_buffer=5) as web:
        slow, quick = await opened(web), await opened(web, "?call=c-9")
        for seq in range(6):  # in one turn of the loop: nobody can have read in between
            web.context.feed.publish(ringing(seq))
        message = await slow.receive(timeout=LONG_S)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert (message.data, message.extra) == (1013, "too slow")
        assert web.context.feed.dropped == 1
        web.context.feed.publish(ringing(9, "c-9"))
        assert await seqs(quick, 1) == [9]
        await quick.close()


async def test_a_client_that_reads_nothing_at_all_is_cut_off(tmp_path: Path) -> None:
    async with served(House(), tmp_path, event_buffer=100) as web:
        writer = await _silent_client(web)
        seq = 0
        async with asyncio.timeout(LONG_S):
            while not web.context.feed.dropped:  # until its socket and its buffer are full
                seq += 1
                web.context.feed.publish(ringing(seq, "c" * 2_000))
                await asyncio.sleep(0)
            while len(web.context.feed):  # noqa: ASYNC110  only the server's turn can change it
                await asyncio.sleep(0)
        writer.close()


async def test_what_a_client_says_is_not_listened_to(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        chatty = await opened(web)
        await chatty.send_str("hello")
        web.context.feed.publish(ringing(1))
        assert await seqs(chatty, 1) == [1]
        await chatty.send_str("x" * 5_000)
        message = await chatty.receive(timeout=LONG_S)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_stopping_the_server_ends_the_streams(tmp_path: Path) -> None:
    async with served(House(), tmp_path, stop_s=5.0) as web:
        socket = await opened(web)
        stopping = asyncio.create_task(web.server.stop())
        message = await socket.receive(timeout=LONG_S)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
        await stopping


async def _silent_client(web: Served) -> asyncio.StreamWriter:
    """Shakes hands and then never reads."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.server.port, limit=1_000)
    token = web.token_file.read_text().strip()
    lines = (
        *("GET /api/v1/events HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        *(f"Authorization: Bearer {token}", "", ""),
    )
    writer.write("\r\n".join(lines).encode())
    assert b"101" in await reader.readuntil(b"\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return writer


async def test_text_that_utf_8_cannot_hold_reaches_clients_escaped(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        socket = await opened(web)
        web.context.feed.publish(ringing(1, "odd \udcff \x00"))
        assert (await socket.receive_json(timeout=LONG_S))["event"]["call"] == "odd \udcff \x00"
        await socket.close()
