"""Callers and agents of the load test, in processes of their own: real SIP, real RTP, real keys.

    python -m tests.e2e.town '{"role": "agents", …}'     agents' phones, until stdin closes
    python -m tests.e2e.town '{"role": "everybody", …}'  agents, and callers until all are done

Both use the project's own `sip` and `media` rooms, whose packets cost the machine little. A line of
JSON on stdout tells that the phones are there, and at the end what became of every call.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from media.events import MediaEvent
from media.leg import MediaLeg
from media.service import MediaService
from media.settings import MediaSettings
from media.sounds import Sound
from sip.address import Target
from sip.dialogs.leg_events import Answered, HungUp, LegEvent, Lost, Rejected
from sip.edges.sip_leg import SipLeg
from sip.edges.user_agent import UserAgent
from sip.headers.name_addr import parse_name_addr
from sip.location import BindingChange
from sip.message import header
from sip.settings import SipSettings
from sip.uri import parse_uri
from tests.sip.parties import PlainDirectory
from tests.sound import babble

ROOT: Final = Path(__file__).resolve().parents[2]
LOOPBACK: Final = "127.0.0.1"
STAYS: Final = "stays"
QUITS: Final = ("in_prompt", "queued", "ringing", "at_agents_200", "at_own_200", "before_200")
"""When callers who give up do so."""
MENU_KEYS: Final = ("1", "2", "3")


@dataclass(frozen=True)
class Orders:
    """What a process is told. Agents have one SIP port; callers another one."""

    role: str
    agents_port: int
    callers_port: int
    rtp_first: int
    rtp_last: int
    centre: str = ""
    calls: int = 0
    rate: float = 20.0
    talk_s: float = 5.0
    seed: int = 1


@dataclass
class Fate:
    """What became of one caller."""

    number: str
    plan: str
    answered: bool = False
    keys: int = 0
    packets_received: int = 0
    packets_sent: int = 0
    ended: str = ""


@dataclass
class Town:
    """Everything that both roles share."""

    orders: Orders
    rng: random.Random
    media: MediaService
    voice: Sound
    quitters: dict[str, "Caller"] = field(default_factory=dict)
    """Callers by number who leave because of what an agent's phone does."""

    def open_media(self) -> MediaLeg:
        return self.media.open(signalling_host=LOOPBACK, on_event=_ignore)

    async def user_agent(self, port: int, on_call: Callable[[SipLeg], None]) -> UserAgent:
        agent = UserAgent(
            SipSettings(listen=LOOPBACK, port=port, transports=("UDP",)),
            PlainDirectory(trunk_hosts={LOOPBACK: "centre"}),
            on_call=on_call,
            on_binding=_no_binding,
            rng=self.rng,
        )
        await agent.start()
        return agent


class AgentCall:
    """An agent's phone: rings a little, answers, talks, hangs up."""

    def __init__(self, town: Town, leg: SipLeg) -> None:
        self._town = town
        self._leg = leg
        self._media = town.open_media()
        self._caller = parse_uri(parse_name_addr(header(leg.invite, "From"), "From").uri).user
        self._answer = self._media.answer(leg.sdp_offer)
        leg.on_event = self._heard
        leg.ring()
        self._tell("ringing")
        self._later(town.rng.uniform(0.1, 0.8), self._pick_up)

    def _pick_up(self) -> None:
        self._leg.answer(self._answer)
        self._media.play([self._town.voice], loop=True)
        self._tell("at_agents_200")
        self._later(self._town.orders.talk_s, self._leave)

    def _tell(self, instant: str) -> None:
        """A caller with this plan hangs up in the same turn of the loop."""
        caller = self._town.quitters.get(self._caller)
        if caller is not None and caller.fate.plan == instant:
            caller.hang_up()

    def _leave(self) -> None:
        self._leg.hang_up()
        self._media.close()

    def _heard(self, event: LegEvent) -> None:
        if isinstance(event, HungUp | Lost | Rejected):
            self._media.close()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        def act() -> None:
            if not self._media.closed:
                action()

        asyncio.get_running_loop().call_later(seconds, act)


class Caller:
    """Dials 1000, presses a language and a department, and stays or leaves by plan."""

    def __init__(self, town: Town, number: str, plan: str) -> None:
        self.fate = Fate(number, plan)
        self.over = asyncio.Event()
        self._town = town
        self._media = town.open_media()

    def dial(self, agent: UserAgent) -> None:
        self._leg = agent.invite(
            Target(f"sip:1000@{self._town.orders.centre}"),
            from_user=self.fate.number,
            sdp=self._media.offer(),
            on_event=self._heard,
        )
        if self.fate.plan == "before_200":
            asyncio.get_running_loop().call_soon(self.hang_up)

    def hang_up(self) -> None:
        if not self.over.is_set():
            self._leg.hang_up()
            self._end("hung up")

    def _heard(self, event: LegEvent) -> None:
        match event:
            case Answered(sdp):
                self._answered(sdp)
            case HungUp():
                self._end("was hung up on")
            case Rejected(status):
                self._end(f"was refused with {status}")
            case Lost(error):
                self._end(f"lost: {error}")

    def _answered(self, sdp: bytes) -> None:
        self.fate.answered = True
        self._media.accept_answer(sdp)
        if self.fate.plan == "at_own_200":
            self.hang_up()
            return
        self._media.play([self._town.voice], loop=True)
        rng, first_s = self._town.rng, self._town.rng.uniform(0.2, 1.5)
        self._later(first_s, lambda: self._press("1"))
        if self.fate.plan == "in_prompt":
            self._later(first_s + rng.uniform(0.2, 2.0), self.hang_up)
            return
        second_s = first_s + rng.uniform(0.4, 2.0)
        self._later(second_s, lambda: self._press(rng.choice(MENU_KEYS)))
        if self.fate.plan == "queued":
            self._later(second_s + rng.uniform(0.4, 8.0), self.hang_up)

    def _press(self, key: str) -> None:
        self._media.send_digit(key)
        self.fate.keys += 1

    def _end(self, how: str) -> None:
        if self.over.is_set():
            return
        counted = self._media.close()
        self.fate.packets_received = counted.packets_received
        self.fate.packets_sent = counted.packets_sent
        self.fate.ended = how
        self.over.set()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        def act() -> None:
            if not self.over.is_set():
                action()

        asyncio.get_running_loop().call_later(seconds, act)


def plans(calls: int) -> list[str]:
    """A fifth of the callers give up, spread over the run and over the ways to do it."""
    quits = [QUITS[n % len(QUITS)] for n in range(calls // 5)]
    return [quits[n // 5] if n % 5 == 4 else STAYS for n in range(calls)]


async def call_all(town: Town, agent: UserAgent) -> list[Fate]:
    callers: list[Caller] = []
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for n, plan in enumerate(plans(town.orders.calls)):
        await asyncio.sleep(max(0.0, begun + n / town.orders.rate - loop.time()))  # the rate
        caller = Caller(town, f"55{n:05d}", plan)
        callers.append(caller)
        if plan in ("ringing", "at_agents_200"):
            town.quitters[caller.fate.number] = caller
        caller.dial(agent)
    for caller in callers:
        await caller.over.wait()
    await agent.drained()
    return [caller.fate for caller in callers]


async def serve(orders: Orders) -> None:
    settings = MediaSettings(port_first=orders.rtp_first, port_last=orders.rtp_last)
    media = MediaService(settings)
    await media.start()
    voice = media.sound_of(babble(3, seed=orders.seed), "voice")
    town = Town(orders, random.Random(orders.seed), media, voice)
    phones = await town.user_agent(orders.agents_port, lambda leg: _take(town, leg))
    _tell({"ready": True})
    if orders.role == "everybody":
        callers = await town.user_agent(orders.callers_port, _take_nothing)
        fates = await call_all(town, callers)
        await callers.stop()
        _tell({"fates": [asdict(fate) for fate in fates]})
    await asyncio.to_thread(sys.stdin.read)  # stay, as phones do, until the test is done
    await phones.stop()
    await media.stop()


def _take(town: Town, leg: SipLeg) -> None:
    AgentCall(town, leg)


def _take_nothing(leg: SipLeg) -> None:
    leg.reject(480)


def _ignore(event: MediaEvent) -> None: ...


def _no_binding(change: BindingChange) -> None: ...


def _tell(told: dict[str, Any]) -> None:
    print(json.dumps(told), flush=True)


class TownProcess:
    """The test's end of it."""

    def __init__(self, orders: Orders, log: Path) -> None:
        self._orders = orders
        self._log = log

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.e2e.town", json.dumps(asdict(self._orders))),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=1_000_000,
            )
        await self._line("ready")

    async def fates(self) -> list[Fate]:
        """Waits until every caller is done."""
        return [Fate(**fate) for fate in await self._line("fates")]

    async def kill(self) -> None:
        """The phones vanish without a word."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.stdin.close()  # type: ignore[union-attr]
            await self._process.wait()
        told = self._log.read_text()
        assert "Traceback" not in told, told[-4000:]

    async def _line(self, name: str) -> Any:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, self._log.read_text()[-4000:]
        return json.loads(line)[name]


def main(arguments: Sequence[str]) -> None:
    asyncio.run(serve(Orders(**json.loads(arguments[0]))))


if __name__ == "__main__":
    main(sys.argv[1:])
