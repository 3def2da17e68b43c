"""Recordings over HTTP: lists, sound, and their end; and what is wished of calls that go on."""

from pathlib import Path
from typing import Any

import pytest

from events.ids import CallId, RecordingId
from records.past import RecordingFilter, RecordingRow
from tests.web.serving import House, served


def row(name: str = "c-1-r1", **changes: object) -> RecordingRow:
    fields: dict[str, Any] = {
        **{"id": RecordingId(name), "call": CallId("c-1"), "first_seq": 7, "last_seq": 9},
        **{"purpose": "call", "label": "", "reason": "queue", "queue": "support", "agent": "71"},
        **{"started_at": 10.0, "ended_at": 70.0, "duration_s": 60.0, "state": "stored"},
        **{"problem": "", "file": "2026/c-1-r1.opus", "form": "opus", "size_bytes": 9},
        **{"sealed": True, "parts": [{"at_s": 0.0, "mark": "talk", "agent": "71"}]},
    }
    return RecordingRow(**{**fields, **changes})


async def test_a_page_of_recordings(tmp_path: Path) -> None:
    house = House(recordings=[row()])
    query = "?queue=support&purpose=call&limit=1&before=50"
    async with served(house, tmp_path) as web:
        async with web.client.get(f"/api/v1/recordings{query}") as answer:
            found = await answer.json()
        async with web.stranger.get("/api/v1/recordings") as answer:
            assert answer.status == 401
    assert [each["id"] for each in found["recordings"]] == ["c-1-r1"]
    assert found["next"] == 7
    assert "file" not in found["recordings"][0]
    wanted = RecordingFilter(queue="support", purpose="call", limit=1, before=50)
    assert house.recordings_asked == [wanted]


@pytest.mark.parametrize(
    ("form", "kind"), [("wav", "audio/wav"), ("opus", "audio/ogg"), ("mp3", "audio/mpeg")]
)
async def test_the_sound_itself(tmp_path: Path, form: str, kind: str) -> None:
    async with (
        served(House(recordings=[row(form=form)]), tmp_path) as web,
        web.client.get("/api/v1/recordings/c-1-r1/sound") as answer,
    ):
        assert await answer.read() == b"RIFFc-1-r1"
        assert answer.content_type == kind
        assert f"c-1-r1.{form}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("state", "trouble", "status"),
    [
        ("deleted", None, 410),
        ("recording", None, 409),
        ("failed", None, 409),
        ("stored", FileNotFoundError(2, "gone"), 404),
        ("stored", OSError(5, "broken disk"), 500),
        ("stored", ValueError("another key"), 500),
    ],
)
async def test_sound_that_is_not_to_be_had(
    tmp_path: Path, state: str, trouble: Exception | None, status: int
) -> None:
    house = House(recordings=[row(state=state)], trouble=trouble)
    async with (
        served(house, tmp_path) as web,
        web.client.get("/api/v1/recordings/c-1-r1/sound") as answer,
    ):
        assert answer.status == status
        assert answer.content_type == "application/problem+json"


async def test_one_is_shown_and_deleted(tmp_path: Path) -> None:
    house = House(recordings=[row()])
    async with served(house, tmp_path) as web:
        async with web.client.get("/api/v1/recordings/c-1-r1") as answer:
            assert (await answer.json())["parts"][0]["mark"] == "talk"
        async with web.client.delete("/api/v1/recordings/c-1-r1") as answer:
            assert answer.status == 200
        async with web.client.delete("/api/v1/recordings/other") as answer:
            assert answer.status == 404
        async with web.stranger.delete("/api/v1/recordings/c-1-r1") as answer:
            assert answer.status == 401
    assert house.done == [("delete", "c-1-r1", "api")]


@pytest.mark.parametrize(
    ("method", "path", "body", "done"),
    [
        (
            "POST",
            "supervise",
            {"phone": "2009", "mode": "barge"},
            ("supervise", "c", "2009", "barge"),
        ),
        ("POST", "supervise", {"phone": "2009"}, ("supervise", "c", "2009", "listen")),
        ("DELETE", "supervise", None, ("end_supervision", "c")),
        ("POST", "recording", {"do": "pause"}, ("wish_recording", "c", "pause")),
        ("POST", "playing", {"do": "pause"}, ("control_playing", "c", "pause", 0.0)),
        (
            "POST",
            "playing",
            {"do": "skip", "seconds": -10},
            ("control_playing", "c", "skip", -10.0),
        ),
        (
            "POST",
            "playing",
            {"do": "volume", "decibels": 4},
            ("control_playing", "c", "volume", 4.0),
        ),
        ("POST", "secure", None, ("begin_secure_entry", "c")),
        ("DELETE", "secure", None, ("cancel_secure_entry", "c")),
    ],
)
async def test_what_is_done_with_a_call(
    tmp_path: Path, method: str, path: str, body: dict[str, Any] | None, done: tuple[Any, ...]
) -> None:
    house = House()
    async with served(house, tmp_path) as web:
        async with web.client.request(method, f"/api/v1/calls/c/{path}", json=body) as answer:
            assert answer.status == 200
        assert house.done == [done]
        house.refusal = "no"
        async with web.client.request(method, f"/api/v1/calls/c/{path}", json=body) as answer:
            assert answer.status == 409
        async with web.stranger.request(method, f"/api/v1/calls/c/{path}", json=body) as answer:
            assert answer.status == 401


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("supervise", {"mode": "shout"}),
        ("recording", {"do": "x"}),
        ("playing", {"do": "x"}),
        ("playing", {"do": "seek"}),
        ("playing", {"do": "skip", "decibels": 3}),
        ("playing", {"do": "volume", "seconds": 3}),
        ("playing", {"do": "seek", "seconds": "NaN"}),
    ],
)
async def test_a_wish_that_is_none_is_refused(
    tmp_path: Path, path: str, wish: dict[str, Any]
) -> None:
    async with (
        served(House(), tmp_path) as web,
        web.client.post(f"/api/v1/calls/c/{path}", json=wish) as answer,
    ):
        assert answer.status == 400
