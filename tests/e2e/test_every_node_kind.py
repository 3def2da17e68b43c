"""Every kind of node on the served process, called by SIPp, heard and answered at a handset.

All callers call at once; each test looks at what became of its own. A kind without a row here
fails `test_every_kind_of_node_is_played`.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pytest
import pytest_asyncio
import yaml
from aiohttp import web

from events.calls import CallArrived, CallEnded, NodeVisited
from events.codec import to_json
from ivr.kinds import node_kinds
from tests.e2e import flow_centre
from tests.e2e.event_stream import EventStream
from tests.e2e.flow_centre import TRANSFER_PHONE, prompt, spoken
from tests.e2e.hearing import follow, is_good
from tests.e2e.script import OFFER, Script
from tests.rig.centre import Centre
from tests.rig.handset import Handset
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.sipp import SippRun
from tests.sound import RATE_HZ, Samples, babble, compare, samples_of

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.xdist_group("every_node_kind"),
    pytest.mark.asyncio(loop_scope="module"),
]

PATIENCE_S: Final = 15.0
TALK_MS: Final = 2500
"""How long an agent's phone talks before it hangs up."""
AT_ONCE: Final = 6
ROUNDS: Final = 2
"""Callers whose own process is starved on a busy machine may stumble: they call once more."""
INFO_AFTER_MS: Final = 2000
"""A caller who cannot tell when a prompt is over presses so long after it should be."""
CALLER_SAYS: Final = babble(0.8, seed=31)

LISTEN_S: Final = 0.2
ANSWERS_AFTER_S: Final = 0.8
SECRET: Final = "49291753"

Kind: TypeAlias = str
By: TypeAlias = Literal["rtpevent", "inband", "info"]
WAYS: Final[Sequence[By]] = ("rtpevent", "inband", "info")
ASKING: Final = (
    "authenticate",
    "collect",
    "echo",
    "menu",
    "secure",
    "survey",
    "leave_queue",
    "voicemail",
)
"""Kinds of nodes that take keys."""


@dataclass(frozen=True)
class Hears:
    """A prompt, or what the caller says themselves."""

    name: str
    language: str = "en"

    @property
    def sound(self) -> Samples | bytes:
        return CALLER_SAYS if self.name == "oneself" else prompt(self.name, self.language)


@dataclass(frozen=True)
class Presses:
    keys: str


@dataclass(frozen=True)
class Speaks:
    """The caller's own words, for so long; or one word of a prompt's, again and again."""

    seconds: float
    word: str = ""

    @property
    def sound(self) -> bytes:
        return spoken(self.word) if self.word else CALLER_SAYS


Step = Hears | Presses | Speaks


@dataclass(frozen=True)
class Play:
    """What a caller hears and does, and what the centre tells of it."""

    steps: Sequence[Step]
    path: Sequence[tuple[str, str]]
    """(node, outcome), in order."""
    status: int | None = None
    """The refusal, if it is never answered."""
    tells: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Events, and fields of theirs."""


ONE, TWO, THREE = Hears("one"), Hears("two"), Hears("three")
OWN: Final = Hears("oneself")


def words(*names: str | int) -> list[Step]:
    return [Hears(f"part_{name}") for name in names]


def path(*visits: str) -> list[tuple[str, str]]:
    """`ask:1 tell` for the node `ask` left by 1, and then `tell` by hanging up."""
    pairs = (visit.partition(":") for visit in visits)
    return [(node, outcome or "hung_up") for node, _, outcome in pairs]


PLAYS: Final[Mapping[Kind, Play]] = {
    "answer": Play([ONE], path("pick_up:next", "tell")),
    "authenticate": Play([ONE, Presses("2468#"), TWO], path("pin:next", "tell")),
    "branch": Play([ONE], path("who:case_2", "tell")),
    "callback": Play(
        [ONE, *words(2, 0, 0, 5), TWO, Presses("1"), THREE],
        path("offer:next", "tell"),
        tells={"CallBackRequested": {}},
    ),
    "collect": Play(
        [ONE, Presses("42#"), TWO, *words(4, 2), Presses("1"), THREE], path("ask:next", "tell")
    ),
    "data": Play([*words(4, 2), ONE], path("look:next", "tell")),
    "echo": Play([ONE, OWN, Presses("5"), TWO], path("explain:next", "repeat:next", "tell")),
    "flow": Play([TWO, ONE], path("there:next", "aside:next", "tell")),
    "goto": Play([TWO], path("over:next", "aside:next")),
    "hang_up": Play([], path("refuse"), status=486),
    "http": Play([ONE, *words(7, 5), TWO], path("ask:next", "tell")),
    "identify": Play([ONE, *words(7, 0, 0, 1)], path("who:next", "tell")),
    "language": Play([Hears("one", "es")], path("spanish:next", "tell")),
    "leave_queue": Play(
        [ONE, Presses("9"), TWO],
        path("ask:9", "leave:key", "wait:key", "tell"),
        tells={"CallFlowedOut": {"reason": "key"}},
    ),
    "log": Play(
        [ONE],
        path("note:next", "tell"),
        tells={"FlowNoted": {"name": "heard", "values": {"number": 7}}},
    ),
    "loop": Play(
        [ONE, TWO],
        path("twice:again", "tell:next", "twice:again", "tell:next", "twice:next", "bye"),
    ),
    "menu": Play([ONE, Presses("1"), TWO], path("ask:1", "tell")),
    "progress": Play([ONE], path("early:next", "tell:next", "refuse"), status=480),
    "queue": Play(
        [TWO, OWN, ONE],
        path("greet:next", "wait:next", "tell"),
        tells={"QueueAnswered": {"agent": "801"}},
    ),
    "record": Play(
        [ONE, TWO],
        path("announce:next", "begin:next", "tell"),
        tells={"RecordingPermitted": {"basis": "announced"}, "RecordingAsked": {"by": "flow"}},
    ),
    "ring": Play([ONE], path("ring:next", "tell"), tells={"CallRang": {"early_media": False}}),
    "say": Play([ONE, *words(20, 1), TWO], path("tell:next", "bye")),
    "schedule": Play([ONE], path("hours:open", "tell")),
    "secure": Play([ONE, Presses(f"{SECRET}#"), TWO], path("card:next", "tell")),
    "set": Play([ONE, *words(3, 4)], path("count:next", "tell")),
    "speech": Play([ONE, Speaks(0.0, "queue_sales"), TWO], path("topic:buy", "tell")),
    "split": Play([ONE], path("draw:share", "tell")),
    "survey": Play(
        [ONE, Presses("5"), TWO],
        path("stars:next", "tell"),
        tells={"SurveyAnswered": {"survey": "proof", "score": 5}},
    ),
    "transfer": Play(
        [TWO, OWN, ONE],
        path("greet:next", "pass_on:next", "tell"),
        tells={"CallTransferred": {"target": TRANSFER_PHONE}},
    ),
    "voicemail": Play(
        [ONE, Speaks(2.5), Presses("#"), TWO],
        path("leave:next", "tell"),
        tells={"MessageLeft": {"mailbox": "support"}},
    ),
    "wait": Play([ONE, TWO], path("wait:next", "tell")),
}
"""By kind of node; the flow of that name in `flows/` has one."""

MORE: Final[Mapping[str, Play]] = {
    "transfer_to_agent": Play(
        [TWO, OWN, ONE],
        path("greet:next", "pass_on:next", "tell"),
        tells={"CallBridged": {"agent": "803"}},
    ),
    "transfer_to_queue": Play(
        [TWO, OWN],
        path("greet:next", "pass_on:transferred"),
        tells={"QueueAnswered": {"agent": "801"}},
    ),
    "transfer_to_flow": Play([ONE, TWO], path("greet:next", "pass_on:transferred", "aside:next")),
}
"""Other ways of the same kinds, each a flow of its own."""

CALLS: Final[Sequence[tuple[Kind, By]]] = (
    *((kind, "rtpevent") for kind in (*PLAYS, *MORE)),
    *((kind, by) for kind in ASKING for by in WAYS[1:]),
)


async def test_every_kind_of_node_is_played() -> None:
    assert set(PLAYS) == set(node_kinds())
    flows = [yaml.safe_load(path.read_text()) for path in flow_centre.FLOWS.glob("*.yaml")]
    written = {node["kind"] for flow in flows for node in flow["nodes"].values()}
    assert written == set(node_kinds())
    assert set(PLAYS) <= set(flow_centre.numbers())


# ---- the callers


class Ear:
    """Follows what is heard, in its order."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset
        self._from = 0

    async def hears(self, step: Hears) -> None:
        """Raises AssertionError: it was not heard well enough in time."""
        sound = samples_of(step.sound)
        found = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while found is None or not is_good(found):
                    await asyncio.sleep(LISTEN_S)  # more comes by itself
                    heard = self._handset.heard()[self._from :]
                    found = follow(heard, sound) if len(heard) >= len(sound) else None
        except TimeoutError:
            raise AssertionError(f"{step} was heard as {found}") from None
        self._from += max(round(compare(heard, sound).offset_s * RATE_HZ), 0) + len(sound) // 2


async def call(
    centre: Centre, events: EventStream, kind: Kind, by: By, folder: Path, round_: int
) -> None:
    """One whole call, as its play says.

    Raises AssertionError.
    """
    play = PLAYS.get(kind) or MORE[kind]
    number = flow_centre.numbers(WAYS.index(by) + round_ * len(WAYS))[kind]
    folder = folder / number
    folder.mkdir()
    async with Handset(keys_by="inband" if by == "inband" else "rtpevent") as handset:
        script = scenario(kind, play, handset.port, by)
        async with SippRun(
            script.write(folder),
            folder=folder,
            remote=centre.sip,
            keys={"number": number, "caller": "5551234"},
            timeout_s=2 * PATIENCE_S,
        ) as sipp:
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(live(handset, play.steps, presses=by != "info"))
                    both.create_task(sipp.finish())
            except* AssertionError as failed:
                raise failed.exceptions[0] from None
    arrived = await events.expect(CallArrived, dialled=number)
    await events.expect(CallEnded, call=arrived.call)
    told = [
        each.event for each in events.recorded if getattr(each.event, "call", "") == arrived.call
    ]
    visits = [each for each in told if isinstance(each, NodeVisited)]
    assert [
        (visit.node, re.sub(r"^share_\d$", "share", visit.outcome)) for visit in visits
    ] == play.path
    for name, fields in play.tells.items():
        assert any(
            type(each).__name__ == name
            and all(getattr(each, key) == value for key, value in fields.items())
            for each in told
        ), f"no {name} {fields}"


async def live(handset: Handset, steps: Sequence[Step], *, presses: bool) -> None:
    ear = Ear(handset)
    for step in steps:
        if isinstance(step, Hears):
            if step == OWN:
                handset.say(CALLER_SAYS)
            await ear.hears(step)
        elif isinstance(step, Speaks):
            handset.say(step.sound)
            await asyncio.sleep(step.seconds)  # a person's time, not ours
        elif presses:
            handset.press(step.keys)


def scenario(kind: Kind, play: Play, sound_port: int, by: By) -> Script:
    """The caller's signalling; keys by INFO are pressed well after what was said before."""
    script = Script(f"{kind}_{by}", sound_port=sound_port, key_events=by == "rtpevent")
    script.send("INVITE", sdp=OFFER)
    if play.status is not None:
        script.receive(play.status)
        script.send("ACK")
        return script
    script.receive(200, opens=True)
    script.send("ACK")
    if by == "info":
        press_by_info(script, play.steps)
    script.receive_request("BYE")
    script.respond(200, "OK")
    return script


def press_by_info(script: Script, steps: Sequence[Step]) -> None:
    said_s = 0.0
    for step in steps:
        if isinstance(step, Hears):
            said_s += len(samples_of(step.sound)) / RATE_HZ
            continue
        if isinstance(step, Speaks):
            said_s += step.seconds
            continue
        script.pause(round(said_s * 1000) + INFO_AFTER_MS)
        for key in step.keys:
            body = ("application/dtmf-relay", f"Signal={key}\nDuration=160")
            script.send("INFO", body=body)
            script.receive(200)
        said_s = 0.0


# ---- all at once


@dataclass
class Played:
    """What became of every call, by kind of node and by how keys were sent: None is all well."""

    problems: dict[tuple[Kind, By], AssertionError | None]
    told: Sequence[str]
    """Every event, as JSON."""
    log: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("flows")
    ports = {phone: free_ports(2) for phone in flow_centre.PHONES}
    problems: dict[tuple[Kind, By], AssertionError | None] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(web_service())
        changes = flow_centre.settings(folder, web=service, agent_ports=ports)
        centre = await stack.enter_async_context(Centre(folder, changes=changes))
        events = await stack.enter_async_context(EventStream(centre))
        for port in ports.values():
            agent = SippRun(
                "uas_agent_hangs_up",
                folder=folder,
                port=port,
                calls=AT_ONCE,
                pause_ms=TALK_MS,
                timeout_s=120,
                arguments=("-rtp_echo",),
            )
            await stack.enter_async_context(agent)

        async def one(kind: Kind, by: By) -> None:
            async with turns:
                for round_ in range(ROUNDS):
                    problems[kind, by] = None
                    try:
                        await call(centre, events, kind, by, folder, round_)
                        break
                    except AssertionError as error:
                        problems[kind, by] = error

        await asyncio.gather(*(one(kind, by) for kind, by in CALLS))
        return Played(problems, [to_json(each) for each in events.recorded], centre.read_log())


@contextlib.asynccontextmanager
async def web_service() -> AsyncIterator[str]:
    """host:port of a slow service that knows everybody's balance."""

    async def balance(_: web.Request) -> web.Response:
        await asyncio.sleep(ANSWERS_AFTER_S)
        return web.json_response({"balance": 75})

    app = web.Application()
    app.router.add_get("/balance", balance)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_ports(1)
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("kind", sorted({*PLAYS, *MORE}))
async def test_a_caller_hears_and_answers_it(kind: Kind, played: Played) -> None:
    problem = played.problems[kind, "rtpevent"]
    if problem is not None:
        raise problem


@pytest.mark.parametrize("by", ["inband", "info"])
@pytest.mark.parametrize("kind", ASKING)
async def test_keys_arrive_however_they_are_sent(kind: Kind, by: By, played: Played) -> None:
    problem = played.problems[kind, by]
    if problem is not None:
        raise problem


async def test_secret_digits_are_written_nowhere(played: Played) -> None:
    assert any('"card"' in line and "NodeVisited" in line for line in played.told)
    assert not any(SECRET in line for line in played.told)
    assert SECRET not in played.log
