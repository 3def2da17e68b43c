"""http: look-ups by web services."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from ivr.expressions import ExpressionError
from ivr.fetching import FetchFailed, HttpAnswer, HttpQuestion
from ivr.node import Sound
from ivr.nodes.http import Http
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.fake_world import FakeWorld
from tests.virtual_time import in_virtual_time

URL = "http://bank.example/accounts/{{ account }}"
DOWN = FetchFailed("timeout", "no answer in 3 s")


def http(**fields: Any) -> Http:
    into = {"balance": "{{ answer.balance }}", "seen": "{{ status }}"}
    return Http.model_validate({"url": URL, "into": into, "next": "a", "failed": "f"} | fields)


def caller(*answers: HttpAnswer | FetchFailed, **variables: Any) -> FakeCaller:
    return FakeCaller(world=FakeWorld(answers=answers), **{"account": "7/8", **variables})


@in_virtual_time
async def test_values_are_taken_from_the_answer() -> None:
    one = caller(HttpAnswer(200, {"balance": 12.5}))
    assert (await http().run(one)).outcome == "next"
    assert (one.variables["balance"], one.variables["seen"]) == (12.5, 200)
    assert "answer" not in one.variables
    [asked] = one.world.asked
    assert asked == HttpQuestion("GET", "http://bank.example/accounts/7%2F8")


@in_virtual_time
async def test_query_and_body_are_quoted() -> None:
    one = caller(HttpAnswer(201))
    post = http(
        method="POST", url="https://h/x?a=1", query={"q": "{{ account }} &", "b": True},
        body={"account": "{{ account }}", "n": 3}, token_env="BANK", into={}, timeout_s=9,
        headers={"X-Reason": "test"},
    )  # fmt: skip
    await post.run(one)
    assert one.world.asked == [
        HttpQuestion(
            "POST", "https://h/x?a=1&q=7%2F8+%26&b=true", {"X-Reason": "test"},
            {"account": "7/8", "n": 3}, "BANK", 9,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "answers", "outcome", "target", "asked"),
    [
        ({}, [HttpAnswer(404)], "not_found", "f", 1),
        ({"not_found": "n"}, [HttpAnswer(404)], "not_found", "n", 1),
        ({}, [HttpAnswer(302)], "failed", "f", 1),
        ({}, [HttpAnswer(500), HttpAnswer(503)], "failed", "f", 2),
        ({}, [HttpAnswer(500), HttpAnswer(200, {})], "next", "a", 2),
        ({}, [DOWN, HttpAnswer(200, {})], "next", "a", 2),
        ({}, [DOWN, DOWN], "timeout", "f", 2),
        ({"retries": 0}, [DOWN], "timeout", "f", 1),
        ({"method": "POST"}, [DOWN], "timeout", "f", 1),
        ({}, [FetchFailed("left_alone", "")], "left_alone", "f", 1),
        ({}, [FetchFailed("unusable", "")], "unusable", "f", 1),
    ],
)
def test_failures_are_tried_again_where_that_is_safe(
    fields: dict[str, Any],
    answers: list[HttpAnswer | FetchFailed],
    outcome: str,
    target: str,
    asked: int,
) -> None:
    @in_virtual_time
    async def play() -> None:
        one = caller(*answers, balance="old")
        left = await http(**fields).run(one)
        assert (left.outcome, left.target) == (outcome, target)
        assert len(one.world.asked) == asked
        assert one.variables["balance"] is None

    play()


@in_virtual_time
async def test_the_caller_hears_something_meanwhile() -> None:
    class Slow(FakeWorld):
        async def fetch(self, question: HttpQuestion) -> HttpAnswer:
            await asyncio.sleep(3.0)
            return HttpAnswer(200, {})

    one = FakeCaller(world=Slow(), account="7")
    node = http(filler="one_moment", filler_after_s=2.9)
    assert (await node.run(one)).outcome == "next"
    assert one.heard == ["one_moment"]
    assert (node.sound(), http().sound()) == (Sound.ONE_WAY, Sound.NONE)


@in_virtual_time
async def test_an_answer_that_is_not_as_expected_is_an_error_of_the_flow() -> None:
    with pytest.raises(ExpressionError):
        await http(into={"x": "{{ answer + 1 }}"}).run(caller(HttpAnswer(200, "text")))


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "{{ where }}/x"},
        {"url": "http://{{ host }}/x"},
        {"url": "http://host{{ x }}/"},
        {"url": "file:///etc/passwd"},
        {"url": "http://user@host/"},
        {"body": {"a": 1}},
        {"headers": {"X Y": "1"}},
        {"headers": {"X": "a\r\nb"}},
        {"token_env": "lower"},
        {"timeout_s": 60},
    ],
)
def test_what_could_lead_elsewhere_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        http(**fields)
