"""Every kind of node on the served process, heard and answered by registered softphones.

One phone plays all kinds, its keys by RFC 4733; two more play those that take keys, by INFO and by
tones in the sound. Each test places its own call, and again with a fresh phone if that went wrong.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from events.callbacks import CallBackRequested
from events.calls import CallArrived, CallEnded
from events.codec import to_json
from tests.e2e import flow_centre
from tests.e2e.event_stream import EventStream
from tests.e2e.flow_stage import flows_served
from tests.e2e.hearing import ROUNDS, Ear
from tests.e2e.node_plays import (
    ASKING,
    CALLER_SAYS,
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

pytestmark = [
    pytest.mark.softphone,
    pytest.mark.slow,
    pytest.mark.xdist_group("softphone_flows"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

SERVED_S: Final = 1800.0

PHONES: Final[Mapping[By, str]] = {"rtpevent": "2002", "info": "2004", "inband": "2009"}
"""Whose agents, if any, serve no queue of these flows."""


class Stage:
    """The served centre, and a phone for each way to send keys that stays until a call fails."""

    def __init__(self, folder: Path, centre: Centre, events: EventStream) -> None:
        self.centre = centre
        self.events = events
        self._folder = folder
        self._phones: dict[By, Softphone] = {}
        self._played: set[tuple[Kind, By]] = set()

    async def plays(self, kind: Kind, by: By) -> None:
        """One whole call, as its play says, once; a phone that stumbled is replaced.

        Raises AssertionError: what was wrong in each round.
        """
        problems: list[str] = []
        while (kind, by) not in self._played:
            to = flow_centre.numbers(WAYS.index(by) + len(problems) * len(WAYS))[kind]
            try:
                await self._call(await self._phone(by), play_of(kind, by), to)
            except AssertionError as error:
                problems.append(f"round {len(problems) + 1}: {error}")
                await self._take_away(by)
                if len(problems) == ROUNDS:
                    raise AssertionError("\n".join(problems)) from None
            else:
                self._played.add((kind, by))

    async def _phone(self, by: By) -> Softphone:
        if by not in self._phones:
            fresh = phone("pjsua2", PHONES[by], self.centre, self._folder, keys_by=by)
            self._phones[by] = await fresh.__aenter__()
            await fresh.register()
        return self._phones[by]

    async def _take_away(self, by: By) -> None:
        if by in self._phones:
            await self._phones.pop(by).__aexit__(None, None, None)

    async def close(self) -> None:
        for by in list(self._phones):
            await self._take_away(by)

    async def _call(self, phone: Softphone, play: Play, to: str) -> None:
        await phone.call(f"sip:{to}@{self.centre.sip}")
        number = phone.current_call
        ear = Ear.of(phone)
        if play.status is None:
            await phone.expect("established", call=number, unless=["closed"])
            await live(phone, ear, play)
        closed = await phone.expect("closed", call=number)
        await phone.fall_silent()
        if play.status is not None:
            assert str(play.status) in closed.fields["reason"], closed
            for step in play.steps:
                assert isinstance(step, Hears)
                await ear.hears(step.sound, str(step))
        arrived = await self.events.expect(CallArrived, dialled=to)
        await self.events.expect(CallEnded, call=arrived.call)
        told = [each.event for each in self.events.recorded]
        compare_with(play, [each for each in told if getattr(each, "call", "") == arrived.call])


async def live(phone: Softphone, ear: Ear, play: Play) -> None:
    for step in play.steps:
        match step:
            case Hears():
                if step == OWN:
                    await phone.say(CALLER_SAYS)
                await ear.hears(step.sound, str(step))
            case Speaks():
                await phone.say(step.sound)
                await asyncio.sleep(step.seconds)  # a person's time, not ours
            case Presses():
                await phone.press(step.keys)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("softphones")
    at_once = len(WAYS) * ROUNDS * 2
    async with flows_served(folder, at_once=at_once, for_s=SERVED_S) as (centre, events):
        stage = Stage(folder, centre, events)
        try:
            yield stage
        finally:
            await stage.close()


@pytest.mark.parametrize("kind", sorted({*PLAYS, *MORE}))
async def test_a_softphone_hears_and_answers_it(kind: Kind, stage: Stage) -> None:
    await stage.plays(kind, "rtpevent")


@pytest.mark.parametrize("by", WAYS[1:])
@pytest.mark.parametrize("kind", ASKING)
async def test_keys_arrive_however_a_softphone_sends_them(kind: Kind, by: By, stage: Stage) -> None:
    await stage.plays(kind, by)


async def test_secret_digits_are_written_nowhere(stage: Stage) -> None:
    await stage.plays("secure", "rtpevent")
    told = [to_json(each) for each in stage.events.recorded]
    assert any('"card"' in line and "NodeVisited" in line for line in told)
    assert not any(SECRET in line for line in told)
    assert SECRET not in stage.centre.read_log()


async def test_a_call_back_is_asked_for(stage: Stage) -> None:
    """Once: who calls again has it already."""
    await stage.plays("callback", "rtpevent")
    assert stage.events.of(CallBackRequested)
