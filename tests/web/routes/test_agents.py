"""Agents over HTTP."""

from pathlib import Path

import pytest

from events.agents import AgentState
from tests.web.serving import House, agent, served


async def test_the_list(tmp_path: Path) -> None:
    house = House(agents=[agent("71"), agent("72", AgentState.WRAP_UP)])
    async with served(house, tmp_path) as web, web.client.get("/api/v1/agents") as answer:
        listed = (await answer.json())["agents"]
    assert [each["state"] for each in listed] == ["available", "wrap_up"]
    assert listed[0] == {
        **{"id": "71", "name": "Agent 71", "state": "available", "reason": "", "for_s": 30.0},
        **{"phone": "2001", "reachable": True, "call": None, "queue": None},
    }


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("sign-in", {"phone": "2001", "pin": "1234"}, ("sign_in", "71", "2001")),
        ("available", None, ("make_available", "71", "")),
        (
            "not-available",
            {"reason": "lunch", "by": "eva"},
            ("make_not_available", "71", "lunch", "eva"),
        ),
        ("not-available", None, ("make_not_available", "71", "", "")),
        ("extend-wrap-up", {"by_s": 45}, ("extend_wrap_up", "71", "45")),
        ("end-wrap-up", {}, ("end_wrap_up", "71")),
        ("sign-out", None, ("sign_out", "71", "")),
        ("sign-out", {"by": "eva"}, ("sign_out", "71", "eva")),
    ],
)
async def test_actions(path: str, body: object, expected: tuple[str, ...], tmp_path: Path) -> None:
    house = House()
    async with (
        served(house, tmp_path) as web,
        web.client.post(f"/api/v1/agents/71/{path}", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        assert (await answer.json())["id"] == "71"
    assert house.done == [expected]


async def test_a_wrong_pin_signs_nobody_in(tmp_path: Path) -> None:
    house = House()
    async with served(house, tmp_path) as web:
        for name in ("71", "nobody"):
            body = {"phone": "2001", "pin": "0000"}
            async with web.client.post(f"/api/v1/agents/{name}/sign-in", json=body) as answer:
                assert answer.status == 403
                assert (await answer.json())["detail"] == "agent id or PIN is wrong"
    assert house.done == []


async def test_a_refusal_says_why(tmp_path: Path) -> None:
    house = House(refusal="agent 71 is not signed in")
    async with (
        served(house, tmp_path) as web,
        web.client.post("/api/v1/agents/71/available") as answer,
    ):
        assert answer.status == 409
        assert (await answer.json())["detail"] == "agent 71 is not signed in"


async def test_the_report_of_a_period(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        path = "/api/v1/agents/report"
        async with web.client.get(path, params={"begin": 1000, "end": 1400}) as answer:
            (row,) = (await answer.json())["agents"]
        assert (row["agent"], row["scheduled_s"], row["adherence"]) == ("71", 200.0, 0.5)
        for period in ({"begin": 1400, "end": 1000}, {"begin": 0, "end": 1e9}, {"begin": "x"}):
            async with web.client.get(path, params=period) as answer:
                assert answer.status == 400
