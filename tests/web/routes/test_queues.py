"""Queues over HTTP."""

from pathlib import Path

import pytest

from tests.web.serving import House, served


async def test_the_list(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web, web.client.get("/api/v1/queues") as answer:
        assert (await answer.json())["queues"] == [
            {
                **{"name": "support", "waiting": 2, "ringing": 1, "longest_wait_s": 12.0},
                **{"able": 3, "available": 1, "closed": {}, "expected_wait_s": None},
            }
        ]


@pytest.mark.parametrize(
    ("path", "body", "done"),
    [
        (
            "close",
            {"reason": "fire", "by": "eva"},
            ("close_queue", "support", "fire", "eva", "leave"),
        ),
        ("close", {"waiting": "serve"}, ("close_queue", "support", "", "", "serve")),
        ("open", {"by": "eva"}, ("open_queue", "support", "eva")),
    ],
)
async def test_closing_and_opening(
    path: str, body: dict[str, str], done: tuple[str, ...], tmp_path: Path
) -> None:
    house = House()
    url = f"/api/v1/queues/support/{path}"
    async with served(house, tmp_path) as web, web.client.post(url, json=body) as answer:
        assert (answer.status, (await answer.json())["name"]) == (200, "support")
    assert house.done == [done]


async def test_what_becomes_of_the_waiting_is_one_of_two(tmp_path: Path) -> None:
    house = House()
    url, body = "/api/v1/queues/support/close", {"waiting": "burn"}
    async with served(house, tmp_path) as web, web.client.post(url, json=body) as answer:
        assert answer.status == 400
    assert house.done == []
