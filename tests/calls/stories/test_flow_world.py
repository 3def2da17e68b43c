"""What flows ask of the world around a call: the real one, in a whole centre."""

from pathlib import Path
from typing import Any

import pytest

from calls.stories.flow_world import lot_of
from events.calls import CallEnded, FlowLeft, NodeVisited
from events.notes import FlowNoted
from events.queues import QueueAnswered
from events.surveys import SurveyAnswered, SurveyUnanswered
from ivr.fetching import FetchFailed, HttpAnswer, HttpQuestion
from ivr.http_client import HttpClient
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time

SURVEYED = """
languages: [en]
start: wait
nodes:
  wait: {kind: queue, queue: support, next: ask, otherwise: end}
  ask: {kind: survey, survey: service, prompt: hint, attempts: 1, next: note, otherwise: note}
  note: {kind: log, event: asked, values: {dialled: "{{ dialled }}"}, next: bye}
  bye: {kind: hang_up, prompt: bye}
"""
LOOKED_UP = """
languages: [en]
start: who
nodes:
  who: {kind: identify, next: bye, unknown: hours}
  hours:
    kind: schedule
    zone: UTC
    hours: {mon-sun: "00:00-24:00"}
    exceptions: [{date: 2030-01-01}]
    open: lot
    closed: bye
  lot: {kind: split, shares: [{percent: 99.9999999, then: look}, {percent: 0.0000001, then: bye}]}
  look:
    kind: http
    url: "http://bank.example/{{ dialled }}"
    into: {balance: "{{ answer.balance }}"}
    next: bye
    failed: bye
  bye: {kind: hang_up, prompt: bye}
"""


async def talked_to(house: House) -> None:
    """A caller was served, and the agent has hung up."""
    agent = await house.phone("3001")
    agent.on_ring = pick_up
    caller = await house.caller()
    caller.dial("1000")
    await house.until(QueueAnswered)
    await house.later(5.0)
    agent.hang_up()
    await house.later(1.5)


@in_virtual_time
async def test_the_survey_is_asked_when_the_agent_has_hung_up(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": SURVEYED}) as house:
        await talked_to(house)
        house.press(house.call.leg, "4")
        await house.until(CallEnded)
        answered = house.the(SurveyAnswered)
        assert (answered.survey, answered.question, answered.score) == (
            "service",
            "satisfaction",
            4,
        )
        assert answered.call == house.the(CallEnded).call
        assert house.the(FlowNoted).values == {"dialled": "1000"}
        assert house.the(FlowLeft).outcome == "hung_up"
        await house.quiet()


@in_virtual_time
async def test_silence_after_the_conversation_is_counted(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": SURVEYED}) as house:
        await talked_to(house)
        await house.until(CallEnded)
        assert house.the(SurveyUnanswered).question == "satisfaction"
        assert house.count(SurveyAnswered) == 0
        await house.quiet()


@in_virtual_time
async def test_who_hangs_up_at_the_question_is_counted_once(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": SURVEYED}) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1000")
        await house.until(QueueAnswered)
        agent.hang_up()
        await house.later(1.5)
        caller.hang_up()
        await house.until(CallEnded)
        assert (house.count(SurveyUnanswered), house.count(SurveyAnswered)) == (1, 0)
        await house.quiet()


@in_virtual_time
async def test_time_chance_customers_and_the_web(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(client: HttpClient, question: HttpQuestion) -> HttpAnswer:
        asked.append(question.url)
        if len(asked) == 1:
            raise FetchFailed("timeout", "no answer in 3 s")
        return HttpAnswer(200, {"balance": 7})

    monkeypatch.setattr(HttpClient, "__call__", ask)
    async with House(tmp_path, flows={"main": LOOKED_UP}) as house:
        caller = await house.caller("999999")
        caller.dial("1000")
        await house.until(CallEnded)
        visits = [(visit.node, visit.outcome) for visit in house.all(NodeVisited)]
        assert visits == [
            *(("who", "unknown"), ("hours", "open"), ("lot", "share_1")),
            *(("look", "next"), ("bye", "hung_up")),
        ]
        assert asked == ["http://bank.example/1000"] * 2
        variables: dict[str, Any] = house.all(NodeVisited)[-1].position["variables"]
        assert variables["balance"] == 7
        await house.quiet()


def test_lots_are_even_and_stay_the_same() -> None:
    lots = [lot_of(f"call-{n}", "a") for n in range(10_000)]
    assert lots == [lot_of(f"call-{n}", "a") for n in range(10_000)]
    assert lots != [lot_of(f"call-{n}", "b") for n in range(10_000)]
    assert 0.48 < sum(lots) / len(lots) < 0.52
    for tenth in range(10):
        assert 850 < sum(int(lot * 10) == tenth for lot in lots) < 1150
