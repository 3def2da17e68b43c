"""Run the tests of flows, in virtual time."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.caller import (
    CallerGone,
    FlowedOut,
    QueueOutcome,
    QueueRequest,
    Served,
    TransferOutcome,
)
from ivr.engine import FlowResult, NodeVisit, run_flow, run_on_hangup
from ivr.flow import Flows
from ivr.node import FlowFault
from ivr.rehearsal.caller import RehearsalCaller, understood
from ivr.rehearsal.clock import run_without_waiting
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.script import BROKEN, SERVED, Expected, FlowTest, Given, Step
from ivr.spoken import Utterable
from ivr.utterances import Utterance

CALLER_HUNG_UP = "caller_hung_up"


class Actor:
    """Plays the caller as the test says, and the world as it is given."""

    def __init__(self, given: Given, steps: Sequence[Step]) -> None:
        self.left = list(steps)
        self._queue = list(given.queue)
        self._transfers = list(given.transfers)

    def hears(self, prompt: Utterable, language: str) -> None:
        """The test looks at all prompts at the end."""

    def notices(self, what: str) -> None:
        """The same."""

    def keys(self, *, at_most: int) -> str | None:
        if not self.left:
            return None
        step = self.left.pop(0)
        if step.hang_up:
            raise CallerGone
        return step.press

    def utterance(self, phrases: Sequence[str]) -> Utterance:
        said = self.left[0].say if self.left else None
        if said is None:
            return Utterance(keys=(self.keys(at_most=1) or "")[:1])
        self.left.pop(0)
        return understood(said, phrases)

    def queue_outcome(self, request: QueueRequest) -> QueueOutcome:
        reason = self._queue.pop(0) if self._queue else SERVED
        if reason == BROKEN:
            raise FlowFault("the test lets it fail")
        return Served() if reason == SERVED else FlowedOut(reason)

    def transfer_outcome(self, target: str) -> TransferOutcome:
        return self._transfers.pop(0) if self._transfers else TransferOutcome.ANSWERED


@dataclass
class Played:
    """One call that is over."""

    caller: RehearsalCaller
    visits: list[NodeVisit]
    lasted_s: float
    unused: Sequence[Step]
    result: FlowResult | None = None


def run_test(flows: Flows, flow: str, test: FlowTest, coverage: Coverage) -> list[str]:
    """What was not as expected, one line each; nothing when the test passes."""
    played = run_without_waiting(play(flows, flow, test))
    for visit in played.visits:
        coverage.visited(visit)
    return list(_differences(test.expect, played))


async def play(flows: Flows, flow: str, test: FlowTest) -> Played:
    """One call from its start to its end."""
    loop = asyncio.get_running_loop()
    actor = Actor(test.given, test.when)
    caller = RehearsalCaller(test.given, actor, now=loop.time)
    visits: list[NodeVisit] = []
    position = flows.start(flow, {})
    result = None
    try:
        async with asyncio.timeout(test.given.hangs_up_after_s):
            result = await run_flow(flows, position, caller, on_visit=visits.append)
    except (CallerGone, TimeoutError):
        last = visits[-1].position if visits else position
        await run_on_hangup(flows, last, caller, on_visit=visits.append)
    caller.world.messages.call_over()
    return Played(caller, visits, loop.time(), actor.left, result)


def _differences(expect: Expected, played: Played) -> Iterator[str]:
    yield from _about_prompts(expect, played.caller.heard.prompts)
    yield from _about_waiting(expect, played)
    nodes = [visit.node for visit in played.visits]
    if expect.nodes is not None and (missed := _missed(expect.nodes, nodes)):
        yield f"nodes: '{missed}' was not passed in that order; passed: {_words(nodes)}"
    for name, value in expect.variables.items():
        actual = played.caller.variables.get(name)
        if actual != value:
            yield f"variables.{name}: {actual!r}, expected {value!r}"
    yield from _about_records(expect, played)
    yield from _about_the_end(expect, played)
    for visit in played.visits:
        if visit.error is not None and expect.ended != "failed" and "error" not in expect.variables:
            yield f"node '{visit.node}' failed: {visit.error}"
    if played.unused:
        yield f"the call was over before the caller did the last {len(played.unused)} things"


def _about_prompts(expect: Expected, heard: list[str]) -> Iterator[str]:
    if expect.heard is not None and (missed := _missed(expect.heard, heard)):
        yield f"heard: '{missed}' was not heard in that order; heard: {_words(heard)}"
    if expect.heard_exactly is not None and list(expect.heard_exactly) != heard:
        yield f"heard_exactly: heard: {_words(heard)}"
    for prompt in expect.not_heard:
        if prompt in heard:
            yield f"not_heard: '{prompt}' was heard"


def _about_waiting(expect: Expected, played: Played) -> Iterator[str]:
    requests = played.caller.heard.requests
    if expect.queued is not None:
        yield from _differs("queued", bool(requests), expect.queued)
    if expect.queue is not None:
        if not requests:
            yield "queue: the caller came into no queue"
        else:
            last = requests[-1]
            actual = {
                "queue": last.queue,
                "skills": dict(last.skills),
                "languages": last.languages,
                "priority": last.priority,
            }
            for name, value in expect.queue.model_dump(exclude_none=True).items():
                yield from _differs(f"queue.{name}", actual[name], value)
    if expect.transferred_to is not None:
        last_target = next(reversed(played.caller.heard.transfers), None)
        yield from _differs("transferred_to", last_target, expect.transferred_to)
    if expect.called_back is not None:
        last_number = next(reversed(played.caller.heard.callbacks), None)
        yield from _differs("called_back", last_number, expect.called_back)


def _about_records(expect: Expected, played: Played) -> Iterator[str]:
    world = played.caller.world
    if expect.ratings is not None:
        wanted = [(rating.question, rating.score) for rating in expect.ratings]
        yield from _differs("ratings", world.ratings, wanted)
    if expect.messages is not None:
        yield from _differs("messages", world.messages.left, list(expect.messages))
    noted = [name for name, _ in world.noted]
    if expect.noted is not None and (missed := _missed(expect.noted, noted)):
        yield f"noted: '{missed}' was not noted in that order; noted: {_words(noted)}"
    yield from world.problems
    if world.unasked:
        yield f"http, sql: the last {world.unasked} answers were not asked for"


def _about_the_end(expect: Expected, played: Played) -> Iterator[str]:
    actual = {
        "language": played.caller.language,
        "answered": played.caller.heard.answered,
        "ended": played.caller.heard.ended or CALLER_HUNG_UP,
        "contained": played.result.contained if played.result else False,
    }
    for name, value in actual.items():
        wanted = getattr(expect, name)
        if wanted is not None:
            yield from _differs(name, value, wanted)
    limit_s = expect.lasted_at_most_s
    if limit_s is not None and played.lasted_s > limit_s:
        yield f"lasted_at_most_s: {played.lasted_s:g} s, expected at most {limit_s:g}"


def _differs(name: str, actual: Any, expected: Any) -> Iterator[str]:
    if actual != expected:
        yield f"{name}: {actual!r}, expected {expected!r}"


def _missed(wanted: Sequence[str], happened: Sequence[str]) -> str | None:
    """The first of `wanted` that does not happen after those before it."""
    rest = iter(happened)
    return next((each for each in wanted if each not in rest), None)


def _words(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
