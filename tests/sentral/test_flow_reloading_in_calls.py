"""Flows changed under calls of the served centre: each call ends on the flow that it began."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from events.calls import CallArrived, CallEnded, FlowEntered, NodeVisited
from events.notes import FlowNoted
from tests.e2e.event_stream import EventStream
from tests.e2e.script import OFFER, Script
from tests.rig.centre import POLL_S, Centre
from tests.rig.handset import Handset
from tests.rig.sipp import SippRun
from tests.sentral.test_flow_reloading import main_version, until_changed

pytestmark = [pytest.mark.sipp, pytest.mark.timeout(240)]

PATIENCE_S: Final = 30.0
CALL_S: Final = 200.0
FLOW: Final = """\
languages: [en]
start: ask
nodes:
  ask: {{kind: menu, prompt: welcome, first_digit_s: 250, choices: {{1: told}}, otherwise: end}}
  told: {{kind: log, event: generation_{generation}, next: end}}
"""

Reload: TypeAlias = Callable[[Centre], Awaitable[None]]


async def by_api(centre: Centre) -> None:
    with contextlib.suppress(AssertionError):  # 409 for a broken one
        await centre.api("/api/v1/flows/reload", method="POST")


async def by_signal(centre: Centre) -> None:
    centre.process.send_signal(signal.SIGHUP)


async def by_itself(centre: Centre) -> None:
    """The centre looks at its files now and then."""


WAYS: Final[tuple[Reload, ...]] = (by_api, by_signal, by_itself)


class Caller:
    """A call that is in the menu until the test presses a key."""

    def __init__(self, centre: Centre, folder: Path) -> None:
        self._centre = centre
        self._folder = folder
        self._stack = contextlib.AsyncExitStack()

    async def begin(self, events: EventStream) -> FlowEntered:
        self._handset = await self._stack.enter_async_context(Handset())
        script = Script(f"asks_{self._handset.port}", sound_port=self._handset.port)
        script.send("INVITE", sdp=OFFER)
        script.receive(200, opens=True)
        script.send("ACK")
        script.receive_request("BYE")
        script.respond(200, "OK")
        self._sipp = SippRun(
            script.write(self._folder),
            folder=self._folder,
            remote=self._centre.sip,
            keys={"number": "1000", "caller": "5551234"},
            timeout_s=CALL_S,
        )
        await self._stack.enter_async_context(self._sipp)
        arrived = await events.expect(CallArrived, within_s=PATIENCE_S)
        return await events.expect(FlowEntered, call=arrived.call, within_s=PATIENCE_S)

    async def press(self, key: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not len(self._handset.heard()):  # noqa: ASYNC110  keys go to where sound is from
                await asyncio.sleep(POLL_S)
        self._handset.press(key)
        await self._sipp.finish()
        await self._stack.aclose()


def replace(path: Path, text: str) -> None:
    """At once: the centre may look at any time."""
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


async def until_refused(centre: Centre, before: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while refusals(centre) == before:  # noqa: ASYNC110  the log can only be read again
            await asyncio.sleep(POLL_S)


def refusals(centre: Centre) -> int:
    return centre.read_log().count("_not_replaced")


async def test_a_call_ends_on_its_flow_and_a_new_one_begins_the_new(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    path = flows / "main.yaml"
    path.write_text(FLOW.format(generation=0))
    numbers = [{"dial": "1000", "flow": "main"}]
    changes: dict[str, Any] = {"flows": str(flows), "numbers": numbers}
    async with Centre(tmp_path, changes=changes) as centre, EventStream(centre) as events:
        callers = [Caller(centre, tmp_path)]
        begun = [await callers[0].begin(events)]
        for generation, reload in enumerate(WAYS, start=1):
            before, refused = await main_version(centre), refusals(centre)
            replace(path, "start: [")
            await reload(centre)
            await until_refused(centre, refused)
            assert await main_version(centre) == before, "a broken one replaces nothing"

            replace(path, FLOW.format(generation=generation))
            await reload(centre)
            await until_changed(centre, before)
            callers.append(Caller(centre, tmp_path))
            begun.append(await callers[-1].begin(events))
        assert len({each.version for each in begun}) == len(begun)

        for generation, (caller, entered) in enumerate(zip(callers, begun, strict=True)):
            await caller.press("1")
            await events.expect(CallEnded, call=entered.call)
            visits = [
                each.event
                for each in events.recorded
                if isinstance(each.event, NodeVisited) and each.event.call == entered.call
            ]
            assert [(visit.node, visit.outcome) for visit in visits] == [
                ("ask", "1"),
                ("told", "next"),
            ]
            assert {visit.position["version"] for visit in visits} == {entered.version}
            await events.expect(FlowNoted, call=entered.call, name=f"generation_{generation}")
