"""Reading the configuration anew, over HTTP."""

from pathlib import Path

from tests.web.serving import House, served


async def test_a_reload_tells_what_changed_and_what_must_wait(tmp_path: Path) -> None:
    house = House()
    async with served(house, tmp_path) as web, web.client.post("/api/v1/reload") as answer:
        assert await answer.json() == {
            "queues": ["support"],
            "agents": [],
            "flows": ["main"],
            "restart": ["sip.port"],
        }
    assert house.done == [("reload",)]


async def test_mistakes_are_answered_with_a_conflict(tmp_path: Path) -> None:
    house = House(refusal="centre.yaml:3: queues.support.ring_s: not a number")
    async with served(house, tmp_path) as web, web.client.post("/api/v1/reload") as answer:
        assert answer.status == 409
        assert house.refusal in await answer.text()
