"""The demo from its first line to its last."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from config.settings import Settings
from events.calls import CallEnded
from events.event import Recorded
from events.ids import CallId
from events.queues import QueueAnswered, QueueCallHandled
from media.service import MediaService
from media.settings import MediaSettings
from sentral.demo import closing, stories
from sentral.demo.cast import AGENTS, CALLERS, CITRA, PUTU, QUEUES, Caller
from sentral.demo.centre import RunningCentre, running_centre
from sentral.demo.follower import Follower, following
from sentral.demo.narration import Narrator
from sentral.demo.phone import Phone
from sentral.demo.phone_call import PhoneCall
from sentral.demo.results import CallResult, call_result, is_complete, queue_counts
from sentral.demo.stage import Stage
from sentral.failures import Failure
from sip.edges.transport import ListenFailed
from sip.settings import TransportName

PORTS: Final = MediaSettings(port_first=31_000, port_last=31_999)
"""Of the phones' sound: apart from the centre's own range, and ports in use are skipped."""

WRITTEN_WITHIN_S: Final = 10.0
ASK_AGAIN_S: Final = 0.1
COLOURS: Final = ("cyan", "yellow", "magenta", "blue", "bright_cyan", "bright_yellow")


async def play(settings: Settings, config: Path, output: Console) -> None:
    """Play, and print what came of it.

    Raises:
        Failure: something went wrong, or something was not as it should be; one clear line.
    """
    output.print(
        Text(
            "Sentral's demo: real calls with real SIP and sound, on this machine only", style="bold"
        )
    )
    async with running_centre(settings, config) as centre:
        _say_where(output, centre)
        before = await centre.text("/metrics")
        scene = await _perform(centre, output)
        await _print_results(output, centre, scene, before)
    _say_goodbye(output, centre)
    judge(scene.checks)


def judge(checks: Sequence[stories.Check]) -> None:
    """Raises Failure if anything was not as it should be."""
    wrong = [check.what for check in checks if not check.ok]
    if wrong or not checks:
        raise Failure(f"the demo went wrong; this was not so: {'; '.join(wrong) or 'anything'}")


async def _perform(centre: RunningCentre, output: Console) -> stories.Scene:
    names = {caller.number: caller.name for caller in CALLERS}
    narrator = Narrator(names, {agent.id: agent.name for agent in AGENTS})
    people = (*CALLERS, *AGENTS)
    styles = {person.name: COLOURS[n % len(COLOURS)] for n, person in enumerate(CALLERS)}
    styles |= {agent.name: "green" for agent in AGENTS}

    with Stage(output, styles, steps=len(CALLERS)) as stage:

        def on_event(_: Follower, recorded: Recorded) -> None:
            told = narrator.tell(recorded.event)
            if told is not None:
                stage.say(*told)

        def noted(call: PhoneCall, caller: Caller) -> None:
            narrator.numbers[call.sip.call_id] = caller.number

        async with (
            following(centre.url, centre.token(), on_event) as follower,
            _media() as media,
            _phones([person.name for person in people], centre, media) as phones,
        ):
            scene = stories.Scene(stage, follower, media, phones, noted)
            await _sit_down(centre, scene)
            await _together(scene)
            await _until_all_told(scene)
            scene.check_menu()
        await _sign_out(centre)
    return scene


async def _sit_down(centre: RunningCentre, scene: stories.Scene) -> None:
    """Agents register, which makes each available: in this order, so that Ana is idle longest."""
    await _sign_out(centre)
    for agent in AGENTS:
        await scene.phones[agent.name].register(agent.phone, agent.password)
        scene.stage.say(agent.name, f"sits down at phone {agent.phone}, which registers by digest")


async def _sign_out(centre: RunningCentre) -> None:
    """Whatever an earlier day, or this one, left behind."""
    here = {agent.id for agent in AGENTS}
    for each in (await centre.get("/api/v1/agents"))["agents"]:
        if each["id"] in here and each["state"] != "signed_out":
            await centre.post(f"/api/v1/agents/{each['id']}/sign-out")


async def _together(scene: stories.Scene) -> None:
    """All stories at once; the first thing that goes wrong ends them all."""
    try:
        async with asyncio.TaskGroup() as group:
            for story in stories.STORIES:
                group.create_task(story(scene), name=story.__name__)
    except* Failure as failures:
        raise failures.exceptions[0] from None


async def _until_all_told(scene: stories.Scene) -> None:
    """A call is over when it has ended, and its agent is done with it."""
    for caller, call in scene.calls.items():
        await scene.follower.until(CallEnded, f"the end of {caller}'s call", _about(call))
    for recorded in tuple(scene.follower.recorded):
        match recorded.event:
            case QueueAnswered(call=call):
                await scene.follower.until(QueueCallHandled, "the end of a wrap-up", _about(call))


def _about(call: CallId) -> Callable[[CallEnded | QueueCallHandled], bool]:
    return lambda event: event.call == call


async def _print_results(
    output: Console, centre: RunningCentre, scene: stories.Scene, before: str
) -> None:
    results = [await _result(centre, caller, scene) for caller in CALLERS]
    closing.print_heading(output, "What became of each call (from the API)")
    closing.print_calls(output, results)
    closing.print_heading(output, "What the phones heard")
    closing.print_checks(output, scene.checks)
    call = scene.calls[PUTU.name]
    closing.print_heading(output, f"{PUTU.name}'s call on the wire (sentral trace {call})")
    ladder = await centre.text(f"/api/v1/calls/{call}/ladder", width=max(60, output.width))
    closing.print_ladder(output, ladder)
    after = await centre.text("/metrics")
    closing.print_heading(output, "The numbers of these calls (from /metrics)")
    closing.print_numbers(output, {queue: queue_counts(before, after, queue) for queue in QUEUES})
    closing.print_formulas(output)


async def _result(centre: RunningCentre, caller: Caller, scene: stories.Scene) -> CallResult:
    """The record is written a moment after the call ends."""
    names = {agent.id: agent.name for agent in AGENTS}
    path = f"/api/v1/calls/{scene.calls[caller.name]}"
    deadline = asyncio.get_running_loop().time() + WRITTEN_WITHIN_S
    while True:
        try:
            story = await centre.get(path)
            if is_complete(story):
                return call_result(caller.name, story, names)
        except Failure:  # not there yet
            if asyncio.get_running_loop().time() > deadline:
                raise
        if asyncio.get_running_loop().time() > deadline:
            raise Failure(f"the record of {caller.name}'s call was not written")
        await asyncio.sleep(ASK_AGAIN_S)


@asynccontextmanager
async def _media() -> AsyncIterator[MediaService]:
    media = MediaService(PORTS)
    await media.start()
    try:
        yield media
    finally:
        await media.stop()


@asynccontextmanager
async def _phones(
    names: Sequence[str], centre: RunningCentre, media: MediaService
) -> AsyncIterator[dict[str, Phone]]:
    """A phone for each person, one of them over TCP."""
    phones: dict[str, Phone] = {}
    try:
        for name in names:
            transport: TransportName = "TCP" if name == CITRA.name else "UDP"
            phones[name] = Phone(name, centre.sip, media, transport=transport)
            await phones[name].start()
        yield phones
    except ListenFailed as error:
        raise Failure(f"no port for a phone: {error}") from error
    finally:
        await asyncio.gather(*(phone.stop() for phone in phones.values()))


def _say_where(output: Console, centre: RunningCentre) -> None:
    what = "A centre was started for it" if centre.own else "It plays in the centre that runs"
    output.print(f"{what}: SIP {centre.sip.host}:{centre.sip.port}, HTTP {centre.url}")
    output.print()


def _say_goodbye(output: Console, centre: RunningCentre) -> None:
    output.print()
    if centre.own:
        output.print(
            "That centre has stopped again. `make run` serves one to stay; then register a"
        )
        output.print("softphone as 2001, password demo-2001, and dial 1000: docs/quickstart.md")
    else:
        output.print("See more: sentral status · sentral call list · sentral call show CALL")
