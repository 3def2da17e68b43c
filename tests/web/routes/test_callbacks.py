"""Call-backs and the do-not-call list over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from calls.callback_book import OpenCallBack
from events.ids import CallBackId, CallId, PartyId, QueueName
from tests.web.serving import House, served


def waiting(name: str, party: str, since: float) -> OpenCallBack:
    return OpenCallBack(
        CallBackId(name),
        PartyId(party),
        QueueName("support"),
        skills={},
        languages=(),
        priority=0,
        customer_first=False,
        requested_at=900.0,
        since=since,
        customer=PartyId(party),
        asked_for=QueueName("support"),
        attempts=1,
        call=CallId("c-1") if name == "old" else None,
    )


async def test_the_list(tmp_path: Path) -> None:
    house = House(callbacks=[waiting("new", "p-2", 850.0), waiting("old", "p-1", 800.0)])
    async with served(house, tmp_path) as web:
        async with web.client.get("/api/v1/callbacks") as answer:
            old, new = (await answer.json())["callbacks"]
        async with web.stranger.get("/api/v1/callbacks") as answer:
            assert answer.status == 401
    assert old == {
        **{"id": "old", "queue": "support", "number": "62811", "call": "c-1"},
        **{"requested_at": 900.0, "since": 800.0, "attempts": 1},
    }
    assert (new["number"], new["call"]) == ("", None)


@pytest.mark.parametrize(
    ("method", "path", "body", "done"),
    [
        ("DELETE", "callbacks/old", None, ("cancel", "old")),
        ("POST", "do-not-call", {"number": "0811", "by": "eva"}, ("bar", "0811", "eva")),
        ("POST", "do-not-call", {"number": "0811"}, ("bar", "0811", "api")),
        ("DELETE", "do-not-call/+62811", None, ("allow", "+62811", "api")),
    ],
)
async def test_what_can_be_done(
    tmp_path: Path, method: str, path: str, body: dict[str, Any] | None, done: tuple[str, ...]
) -> None:
    house, refusing = House(), House(refusal="not now")
    for asked, status in [(house, 200), (refusing, 409)]:
        async with (
            served(asked, tmp_path) as web,
            web.client.request(method, f"/api/v1/{path}", json=body) as answer,
        ):
            assert answer.status == status
    assert (house.done, refusing.done) == ([done], [])


async def test_whether_a_number_is_listed(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        for number, barred in [("0811", True), ("0822", False)]:
            async with web.client.get(f"/api/v1/do-not-call?number={number}") as answer:
                assert await answer.json() == {"barred": barred}
        async with web.client.get("/api/v1/do-not-call") as answer:
            assert answer.status == 400
        async with web.client.post("/api/v1/do-not-call", json={"number": "9" * 99}) as answer:
            assert answer.status == 400
