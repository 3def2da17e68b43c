"""Health, readiness and metrics."""

from pathlib import Path

from tests.web.serving import House, served


async def test_alive(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web, web.stranger.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_ready_or_why_not(tmp_path: Path) -> None:
    house = House()
    async with served(house, tmp_path) as web:
        async with web.stranger.get("/readyz") as answer:
            assert answer.status == 200
        house.not_ready += ["SIP does not listen yet", "stopping"]
        async with web.stranger.get("/readyz") as answer:
            assert answer.status == 503
            assert await answer.json() == {
                "ready": False,
                "reasons": ["SIP does not listen yet", "stopping"],
            }


async def test_metrics_are_refreshed_and_served_as_prometheus_wants(tmp_path: Path) -> None:
    house = House()
    async with served(house, tmp_path) as web, web.stranger.get("/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert await answer.text() == "sentral_build_info 1\n"
    assert house.done == [("refresh_metrics",)]
