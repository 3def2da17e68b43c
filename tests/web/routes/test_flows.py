"""Flows over HTTP."""

from pathlib import Path

from tests.web.serving import House, served


async def test_the_flows_in_force(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web, web.client.get("/api/v1/flows") as answer:
        assert await answer.json() == {"flows": {"main": "v1"}, "changed": []}


async def test_a_reload_tells_what_changed(tmp_path: Path) -> None:
    house = House()
    async with served(house, tmp_path) as web, web.client.post("/api/v1/flows/reload") as answer:
        assert await answer.json() == {"flows": {"main": "v1"}, "changed": ["main"]}
    assert house.done == [("reload_flows",)]


async def test_mistakes_are_answered_with_a_conflict(tmp_path: Path) -> None:
    house = House(refusal="main.yaml:3: start: there is no node 'x'")
    async with served(house, tmp_path) as web, web.client.post("/api/v1/flows/reload") as answer:
        assert answer.status == 409
        assert "main.yaml:3: start: there is no node 'x'" in await answer.text()
