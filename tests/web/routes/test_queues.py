"""Queues over HTTP."""

from pathlib import Path

from tests.web.serving import House, served


async def test_the_list(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web, web.client.get("/api/v1/queues") as answer:
        assert (await answer.json())["queues"] == [
            {
                **{"name": "support", "waiting": 2, "ringing": 1, "longest_wait_s": 12.0},
                **{"able": 3, "available": 1},
            }
        ]
