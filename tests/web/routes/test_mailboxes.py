"""Voice mailboxes over HTTP: what is in them, the sound, and the end of a message."""

from pathlib import Path

import pytest

from calls.voicemail.book import Message
from events.ids import CallId, PartyId, RecordingId
from tests.web.serving import House, served


def message(name: str = "c-1-r1", *, heard: bool = False) -> Message:
    known = RecordingId(name), "support", CallId("c-1"), PartyId("p"), f"2026/{name}"
    return Message(*known, 10.0, 7.5, heard)


async def test_mailboxes_and_their_messages(tmp_path: Path) -> None:
    house = House(messages=[message(), message("c-2-r1", heard=True)])
    async with served(house, tmp_path) as web:
        async with web.client.get("/api/v1/mailboxes") as answer:
            assert await answer.json() == {"mailboxes": [{"name": "support", "new": 1, "old": 1}]}
        async with web.client.get("/api/v1/mailboxes/support/messages") as answer:
            first, second = (await answer.json())["messages"]
        async with web.client.get("/api/v1/mailboxes/other/messages") as answer:
            assert answer.status == 404
        async with web.stranger.get("/api/v1/mailboxes/support/messages") as answer:
            assert answer.status == 401
    assert (first["id"], first["number"], first["duration_s"]) == ("c-1-r1", "62811", 7.5)
    assert (first["heard"], second["heard"]) == (False, True)
    assert "file" not in first


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(None, 200), (FileNotFoundError(2, "gone"), 404), (ValueError("another key"), 500)],
)
async def test_the_sound(tmp_path: Path, trouble: Exception | None, status: int) -> None:
    house = House(messages=[message()], trouble=trouble)
    async with (
        served(house, tmp_path) as web,
        web.client.get("/api/v1/mailboxes/support/messages/c-1-r1/sound") as answer,
    ):
        assert answer.status == status
        if trouble is None:
            assert await answer.read() == b"RIFF2026/c-1-r1"
            assert answer.content_type == "audio/wav"


async def test_one_is_heard_and_another_erased(tmp_path: Path) -> None:
    house = House(messages=[message(), message("c-2-r1")])
    path = "/api/v1/mailboxes/support/messages"
    async with served(house, tmp_path) as web:
        async with web.client.post(f"{path}/c-1-r1/heard") as answer:
            assert answer.status == 200
        async with web.client.delete(f"{path}/c-2-r1") as answer:
            assert answer.status == 200
        async with web.client.delete(f"{path}/c-9-r1") as answer:
            assert answer.status == 404
    assert house.done == [("heard", "c-1-r1", "api"), ("erase", "c-2-r1", "api")]
