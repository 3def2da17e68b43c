"""Calls over HTTP."""

from pathlib import Path

import pytest

from events.calls import CallAnswered, CallCheckpointed
from events.event import Recorded
from events.ids import CallId
from records.past import CallDetail, CallFilter
from tests.web.serving import House, row, served
from web.models import LiveCall


def live(name: str, **changes: object) -> LiveCall:
    fields: dict[str, object] = {
        **{"id": name, "direction": "inbound", "stage": "queued", "number": "0812"},
        **{"name": "", "dialled": "1001", "queue": "support", "agent": None, "arrived_at": 1.0},
    }
    return LiveCall.model_validate({**fields, **changes})


async def listed(house: House, folder: Path, query: str = "") -> dict[str, object]:
    async with served(house, folder) as web, web.client.get(f"/api/v1/calls{query}") as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, object] = await answer.json()
        return found


def ids(calls: object) -> list[str]:
    return [call["id"] for call in calls]  # type: ignore[attr-defined]


async def test_live_and_past_calls(tmp_path: Path) -> None:
    unfinished = row("c-2", ended=False, ended_at=None, outcome=None)
    house = House(live=[live("c-2")], past=[unfinished, row("c-1")])
    found = await listed(house, tmp_path)
    assert ids(found["live"]) == ["c-2"]
    assert ids(found["past"]) == ["c-1"], "a call that goes on is told once, as it is now"
    assert found["next"] is None


async def test_filters_reach_the_store(tmp_path: Path) -> None:
    house = House()
    query = "?queue=support&agent=71&outcome=answered&number=%2B62&arrived_from=5&limit=7&before=9"
    await listed(house, tmp_path, query)
    assert house.asked == [
        CallFilter(
            queue="support",
            agent="71",
            outcome="answered",
            number="+62",
            arrived_from=5.0,
            limit=7,
            before=9,
        )
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a", "b"]),
        ("?queue=sales", ["b"]),
        ("?number=0812", ["a"]),
        ("?direction=outbound", []),
        ("?outcome=answered", []),
        ("?before=5", []),
    ],
)
async def test_filters_hold_for_live_calls(query: str, expected: list[str], tmp_path: Path) -> None:
    house = House(live=[live("a"), live("b", queue="sales", number="")])
    assert ids((await listed(house, tmp_path, query))["live"]) == expected


async def test_a_full_page_names_the_next(tmp_path: Path) -> None:
    house = House(past=[row("c-2", first_seq=20), row("c-1", first_seq=10)])
    assert (await listed(house, tmp_path, "?limit=2"))["next"] == 10
    assert (await listed(house, tmp_path, "?limit=3"))["next"] is None


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=501", "?limit=x", "?outcome=happy", "?colour=red", "?before=1.5"]
)
async def test_a_wrong_query_is_400(query: str, tmp_path: Path) -> None:
    house = House()
    async with served(house, tmp_path) as web, web.client.get(f"/api/v1/calls{query}") as answer:
        assert answer.status == 400
        assert query[1:].split("=")[0] in (await answer.json())["detail"]
    assert house.asked == []


async def test_one_call(tmp_path: Path) -> None:
    event = Recorded(3, 12.5, 2.5, CallAnswered(CallId("c-1"), 0.2))
    inner = Recorded(4, 12.6, 2.6, CallCheckpointed(CallId("c-1"), "queued"))
    house = House(details={"c-1": CallDetail(row("c-1"), [event, inner])})
    async with served(house, tmp_path) as web, web.client.get("/api/v1/calls/c-1") as answer:
        found = await answer.json()
    assert found["call"]["caller_name"] == "Budi"
    assert found["story"] == {"wait_s": 1.0}
    assert found["events"] == [
        {
            **{"seq": 3, "utc": 12.5, "kind": "CallAnswered"},
            **{"fields": {"call": "c-1", "setup_s": 0.2}},
        }
    ]


async def test_a_ladder_is_text_of_the_asked_width(tmp_path: Path) -> None:
    house = House(details={"c-1": CallDetail(row("c-1"), [])})
    async with served(house, tmp_path) as web:
        async with web.client.get("/api/v1/calls/c-1/ladder?width=80") as answer:
            assert await answer.text() == "ladder of 80\n"
            assert answer.content_type == "text/plain"
        async with web.client.get("/api/v1/calls/c-1/ladder?width=10") as answer:
            assert answer.status == 400
        async with web.client.get("/api/v1/calls/c-0/ladder?width=70") as answer:
            assert await answer.text() == "old ladder of 70\n", "memory has forgotten it"


@pytest.mark.parametrize("path", ["/api/v1/calls/c-9", "/api/v1/calls/c-9/ladder"])
async def test_an_unknown_call_is_404(path: str, tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web, web.client.get(path) as answer:
        assert answer.status == 404
        assert "c-9" in (await answer.json())["detail"]


async def test_a_caller_is_sent_up(tmp_path: Path) -> None:
    house = House()
    url = "/api/v1/calls/c1/escalate"
    async with served(house, tmp_path) as web, web.client.post(url) as answer:
        assert (answer.status, await answer.json()) == (200, {"call": "c1"})
    assert house.done == [("escalate", "c1")]
    house.refusal = "there is no tier above"
    async with served(house, tmp_path) as web, web.client.post(url) as answer:
        assert answer.status == 409
