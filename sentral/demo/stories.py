"""What the demo plays: each story is a few people's calls, told from the phones' side."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from events.ids import CallId
from events.queues import CallQueued
from media.service import MediaService
from media.sounds import Sound
from sentral.demo import hearing
from sentral.demo.cast import (
    ALEX,
    ANA,
    CARMEN,
    CITRA,
    ECHO_TEST,
    END_WRAP_UP,
    LUIS,
    MENU,
    NINA,
    NOWHERE,
    PUTU,
    ROBIN,
    Agent,
    Caller,
)
from sentral.demo.follower import Follower
from sentral.demo.phone import Phone
from sentral.demo.phone_call import PhoneCall
from sentral.demo.stage import Stage
from sentral.failures import Failure
from sip.dialogs.leg_events import Answered, HungUp, Rejected

PICK_UP_S: Final = 0.8
LISTEN_S: Final = 1.0
TALK_S: Final = 1.0
PAPERWORK_S: Final = 0.8
WAIT_AT_LEAST_S: Final = 5.5
"""So long Luis stays in the queue: leaving within `short_abandon_s` would not count."""

ECHO_DELAY_S: Final = 1.5
"""An echo that takes longer is not looked for."""
CORRELATION: Final = 0.95


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified by sound or by signalling. `detail`: the number behind it."""

    what: str
    ok: bool
    detail: str = ""


@dataclass(slots=True)
class Scene:
    """What the stories share."""

    stage: Stage
    follower: Follower
    media: MediaService
    phones: dict[str, Phone]
    """By the person's name."""
    noted: Callable[[PhoneCall, Caller], None]
    """Told of each call that is dialled, before anything comes back."""
    checks: list[Check] = field(default_factory=list)
    calls: dict[str, CallId] = field(default_factory=dict)
    """By the caller's name."""
    menu_levels_db: dict[str, float] = field(default_factory=dict)
    """How loud each caller heard the menu."""
    _voices: dict[float, Sound] = field(default_factory=dict)

    def voice(self, person: Caller | Agent) -> Sound:
        hz = person.voice_hz
        if hz not in self._voices:
            samples = hearing.as_bytes(hearing.tone(hz))
            self._voices[hz] = self.media.sound_of(samples, f"{hz:g} Hz")
        return self._voices[hz]

    def check(self, what: str, ok: bool, detail: str = "") -> None:
        self.checks.append(Check(what, ok, detail))

    async def call(self, caller: Caller, number: str) -> PhoneCall:
        """Dial, and know the centre's name of the call."""
        self.stage.enter(caller.name, f"dials {number}")
        call = await self.phones[caller.name].dial(number, user=caller.number, display=caller.name)
        self.noted(call, caller)
        self.calls[caller.name] = await self.follower.call_of(call.sip.call_id)
        return call

    async def call_menu(self, caller: Caller, keys: str) -> PhoneCall:
        """Dial the menu, hear it begin, and press keys into it."""
        call = await self.call(caller, MENU)
        await call.until(Answered, "the menu to answer")
        self.menu_levels_db[caller.name] = hearing.level_db(await call.ear.next(0.4))
        await call.press(keys)
        return call

    async def queued(self, caller: Caller) -> None:
        wanted = self.calls[caller.name]
        await self.follower.until(
            CallQueued, f"{caller.name} to be queued", lambda event: event.call == wanted
        )

    async def picked_up(self, agent: Agent, caller: Caller) -> PhoneCall:
        """The agent's phone rings for this caller and is answered."""
        call = await self.phones[agent.name].ringing()
        if call.caller != caller.number:
            raise Failure(f"{agent.name}'s phone rang for {call.caller}, not for {caller.name}")
        await asyncio.sleep(PICK_UP_S)
        await self.phones[agent.name].answer(call)
        return call

    async def talk(
        self,
        caller: Caller,
        outside: PhoneCall,
        agent: Agent,
        inside: PhoneCall,
        *,
        when: str = "",
    ) -> None:
        """Both speak, and both must hear the other's tone and hardly anything else."""
        outside.speak(self.voice(caller))
        inside.speak(self.voice(agent))
        await asyncio.sleep(0.4)
        to_agent, to_caller = await asyncio.gather(
            inside.ear.next(LISTEN_S), outside.ear.next(LISTEN_S)
        )
        shares = [
            hearing.tone_share(to_agent, caller.voice_hz),
            hearing.tone_share(to_caller, agent.voice_hz),
        ]
        self.check(
            f"{agent.name} heard {caller.name}'s tone ({caller.voice_hz:g} Hz), "
            f"{caller.name} heard {agent.name}'s ({agent.voice_hz:g} Hz){when}",
            hearing.is_tone(to_agent, caller.voice_hz)
            and hearing.is_tone(to_caller, agent.voice_hz),
            ", ".join(f"{share:.0%}" for share in shares),
        )

    def check_menu(self) -> None:
        levels_db = self.menu_levels_db
        self.check(
            f"{', '.join(levels_db)} heard the menu speak",
            all(level > hearing.SILENCE_DB for level in levels_db.values()),
            ", ".join(f"{level:.0f}" for level in levels_db.values()) + " dB",
        )

    async def end_wrap_up(self, agent: Agent) -> None:
        await asyncio.sleep(PAPERWORK_S)
        self.stage.say(agent.name, f"dials {END_WRAP_UP}: done with the work after the call")
        call = await self.phones[agent.name].dial(END_WRAP_UP, user=agent.phone)
        await call.until(HungUp, f"{END_WRAP_UP} to be over")


async def billing(scene: Scene) -> None:
    """Ana is the only one who speaks Spanish here: Luis waits, Carmen overtakes him."""
    robin = await scene.call_menu(ROBIN, "11")
    at_ana = await scene.picked_up(ANA, ROBIN)
    await scene.talk(ROBIN, robin, ANA, at_ana)

    luis = await scene.call_menu(LUIS, "31")
    await scene.queued(LUIS)
    giving_up = asyncio.create_task(_give_up(scene, luis))
    carmen = await scene.call_menu(CARMEN, "31")
    await scene.queued(CARMEN)

    await asyncio.sleep(TALK_S)
    robin.hang_up()
    await at_ana.until(HungUp, "Robin to hang up")
    scene.stage.leave(ROBIN.name)
    await scene.end_wrap_up(ANA)
    at_ana = await scene.picked_up(ANA, CARMEN)
    await scene.talk(CARMEN, carmen, ANA, at_ana)
    await giving_up
    at_ana.hang_up()
    await carmen.until(HungUp, "the flow to say goodbye")
    scene.stage.leave(CARMEN.name)
    await scene.end_wrap_up(ANA)


async def _give_up(scene: Scene, luis: PhoneCall) -> None:
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(1.0)
    music = await luis.ear.next(LISTEN_S)
    level = hearing.level_db(music)
    scene.check("Luis heard music while he waited", level > hearing.SILENCE_DB, f"{level:.0f} dB")
    await asyncio.sleep(began + WAIT_AT_LEAST_S - asyncio.get_running_loop().time())
    scene.stage.say(LUIS.name, "has waited long enough and hangs up")
    luis.hang_up()
    scene.stage.leave(LUIS.name)


async def sales(scene: Scene) -> None:
    """Citra puts Putu on hold."""
    putu = await scene.call_menu(PUTU, "23")
    at_citra = await scene.picked_up(CITRA, PUTU)
    await scene.talk(PUTU, putu, CITRA, at_citra)

    scene.stage.say(CITRA.name, "presses hold")
    await at_citra.hold()
    await asyncio.sleep(0.4)
    music = await putu.ear.next(LISTEN_S)
    scene.check(
        "Putu heard music on hold, and nothing of Citra",
        hearing.is_other_sound(music, CITRA.voice_hz),
        f"{hearing.level_db(music):.0f} dB",
    )
    await asyncio.sleep(TALK_S)
    scene.stage.say(CITRA.name, "presses hold again")
    await at_citra.resume()
    await scene.talk(PUTU, putu, CITRA, at_citra, when=", after the hold")
    at_citra.hang_up()
    await putu.until(HungUp, "the flow to say goodbye")
    scene.stage.leave(PUTU.name)
    await scene.end_wrap_up(CITRA)


async def echo(scene: Scene) -> None:
    """What Alex says must come back as it was."""
    call = await scene.call(ALEX, ECHO_TEST)
    await call.until(Answered, "the echo test to answer")
    scene.stage.say(ALEX.name, "listens to what the echo test is")
    await call.ear.pause(1.0)
    said = hearing.sweep()
    scene.stage.say(ALEX.name, "whistles a sweep from 300 to 3000 Hz")
    began, first = asyncio.get_running_loop().time(), len(call.ear.packets)
    call.speak(scene.media.sound_of(hearing.as_bytes(said), "sweep"), once=True)
    heard = await call.ear.next(hearing.SWEEP_S + 0.1, within_s=ECHO_DELAY_S)
    found = await asyncio.to_thread(hearing.likeness, heard, said)
    delay_ms = 0.0
    if call.ear.packets[first:]:
        delay_ms = (call.ear.packets[first][0] - began + found.offset_s) * 1000
    scene.check(
        "Alex heard the same sweep come back",
        found.correlation >= CORRELATION,
        f"correlation {found.correlation:.3f}, after {delay_ms:.0f} ms",
    )
    await call.press("#")
    await call.until(HungUp, "the echo test to say goodbye")
    scene.stage.leave(ALEX.name)


async def unknown_number(scene: Scene) -> None:
    call = await scene.call(NINA, NOWHERE)
    refused = await call.until(Rejected, "an answer")
    scene.check(
        f"Nina was told that {NOWHERE} is no number", refused.status == 404, f"{refused.status}"
    )
    scene.stage.leave(NINA.name)


STORIES: Final = (billing, sales, echo, unknown_number)
"""They are played at the same time."""
