"""Every kind of node on the served process, heard and answered by registered softphones.

One phone plays all kinds, its keys by RFC 4733; two more play those that take keys, by INFO and by
tones in the sound. Each calls again and again; each test looks at what became of its own call.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio

from events.calls import CallArrived, CallEnded
from events.codec import to_json
from tests.e2e import flow_centre
from tests.e2e.event_stream import EventStream
from tests.e2e.flow_stage import flows_served
from tests.e2e.hearing import ROUNDS, Following, follow, is_good
from tests.e2e.node_plays import (
    ASKING,
    CALLER_SAYS,
    CALLS,
    MORE,
    OWN,
    PLAYS,
    SECRET,
    WAYS,
    By,
    Hears,
    Kind,
    Play,
    Presses,
    Speaks,
    compare_with,
    play_of,
)
from tests.e2e.stage import phone
from tests.rig.centre import Centre
from tests.rig.softphone import Softphone
from tests.sound import RATE_HZ, Sound, compare, read_wav, samples_of

pytestmark = [
    pytest.mark.softphone,
    pytest.mark.slow,
    pytest.mark.xdist_group("softphone_flows"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

PATIENCE_S: Final = 15.0
LISTEN_S: Final = 0.3
SERVED_S: Final = 580.0

CUT_S: Final = 0.15
"""Of the last sound of a call: what a phone has in its jitter buffer when BYE comes stays there."""

PHONES: Final[Mapping[By, str]] = {"rtpevent": "2002", "info": "2004", "inband": "2009"}
"""Whose agents, if any, serve no queue of these flows."""


class Ear:
    """Follows what a softphone hears in its newest call, in its order."""

    def __init__(self, phone: Softphone) -> None:
        self._phone = phone
        self._from = 0

    async def hears(self, sound: Sound, *, more: bool = True) -> None:
        """`more`: the call goes on. Raises AssertionError: it was not heard well enough in time."""
        found = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not self._has(found := await self._look_for(sound)) and more:  # noqa: ASYNC110
                    await asyncio.sleep(LISTEN_S)  # more comes by itself
        assert self._has(found), f"it was heard as {found}"

    @staticmethod
    def _has(found: Following | None) -> bool:
        return found is not None and is_good(found)

    async def _look_for(self, sound: Sound) -> Following | None:
        heard, wanted = read_wav(await self._phone.heard())[self._from :], samples_of(sound)
        if len(heard) < len(wanted):
            return None
        found = follow(heard, wanted)
        if is_good(found):
            at = max(round(compare(heard, wanted).offset_s * RATE_HZ), 0)
            self._from += at + len(wanted) // 2
        return found


async def call(centre: Centre, events: EventStream, phone: Softphone, play: Play, to: str) -> None:
    """One whole call, as its play says.

    Raises AssertionError.
    """
    await phone.call(f"sip:{to}@{centre.sip}")
    number = phone.current_call
    try:
        if play.status is None:
            await phone.expect("established", call=number, within_s=PATIENCE_S, unless=["closed"])
            await live(phone, play)
        closed = await phone.expect("closed", call=number, within_s=PATIENCE_S)
    except BaseException:
        with contextlib.suppress(AssertionError):
            await phone.hang_up()
        raise
    finally:
        await phone.fall_silent()
    if play.status is not None:
        assert str(play.status) in closed.fields["reason"], closed
        for step in play.steps:
            assert isinstance(step, Hears)
            await Ear(phone).hears(uncut(step), more=False)
    arrived = await events.expect(CallArrived, dialled=to)
    await events.expect(CallEnded, call=arrived.call)
    compare_with(
        play,
        [each.event for each in events.recorded if getattr(each.event, "call", "") == arrived.call],
    )


async def live(phone: Softphone, play: Play) -> None:
    ear = Ear(phone)
    for step in play.steps:
        match step:
            case Hears():
                if step == OWN:
                    await phone.say(CALLER_SAYS)
                await ear.hears(uncut(step) if step is play.steps[-1] else step.sound)
            case Speaks():
                await phone.say(step.sound)
                await asyncio.sleep(step.seconds)  # a person's time, not ours
            case Presses():
                await phone.press(step.keys)


def uncut(step: Hears) -> Sound:
    sound = samples_of(step.sound)
    return sound[: -round(CUT_S * RATE_HZ)]


@dataclass
class Played:
    """What became of every call, by kind of node and by how keys were sent: None is all well."""

    problems: dict[tuple[Kind, By], AssertionError | None]
    told: Sequence[str]
    """Every event, as JSON."""
    log: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("softphones")
    problems: dict[tuple[Kind, By], AssertionError | None] = {}
    at_once = len(WAYS) * ROUNDS * 2
    async with flows_served(folder, at_once=at_once, for_s=SERVED_S) as (centre, events):

        async def all_by(by: By) -> None:
            async with phone("pjsua2", PHONES[by], centre, folder, keys_by=by) as caller:
                await caller.register()
                for kind in [kind for kind, way in CALLS if way == by]:
                    problems[kind, by] = await one(caller, kind, by)

        async def one(caller: Softphone, kind: Kind, by: By) -> AssertionError | None:
            problem = None
            for round_ in range(ROUNDS):
                to = flow_centre.numbers(WAYS.index(by) + round_ * len(WAYS))[kind]
                try:
                    await call(centre, events, caller, play_of(kind, by), to)
                except AssertionError as error:
                    problem = error
                else:
                    return None
            return problem

        async with asyncio.TaskGroup() as phones:
            for by in WAYS:
                phones.create_task(all_by(by))
        return Played(problems, [to_json(each) for each in events.recorded], centre.read_log())


@pytest.mark.parametrize("kind", sorted({*PLAYS, *MORE}))
async def test_a_softphone_hears_and_answers_it(kind: Kind, played: Played) -> None:
    problem = played.problems[kind, "rtpevent"]
    if problem is not None:
        raise problem


@pytest.mark.parametrize("by", WAYS[1:])
@pytest.mark.parametrize("kind", ASKING)
async def test_keys_arrive_however_a_softphone_sends_them(
    kind: Kind, by: By, played: Played
) -> None:
    problem = played.problems[kind, by]
    if problem is not None:
        raise problem


async def test_secret_digits_are_written_nowhere(played: Played) -> None:
    assert any('"card"' in line and "NodeVisited" in line for line in played.told)
    assert not any(SECRET in line for line in played.told)
    assert SECRET not in played.log


async def test_a_call_back_is_asked_for(played: Played) -> None:
    """Once: who calls again has it already."""
    assert any('"CallBackRequested"' in line for line in played.told)
