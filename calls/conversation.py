"""Two legs that hear each other: from the bridge to the end of talk, with hold in between."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from calls.leg import Leg
from calls.state import Bridge
from events.agents import AgentReleased
from events.calls import (
    CallBridged,
    CallHeld,
    CallResumed,
    CallTransferred,
    CallUnbridged,
    LegEnded,
    MediaMeasured,
    Side,
)
from events.event import Event
from events.ids import AgentId, CallId, EntryId
from events.queues import OfferOutcome
from media.sounds import Sound
from sip.message import Headers

Append = Callable[[Event], None]

Work: TypeAlias = Callable[[], Awaitable[None]]
"""What a call's story does before its conversation goes on, a transfer for one."""

_CALLER_CANCELLED = 487


@dataclass(frozen=True, slots=True)
class Over:
    """How a conversation ended. `lost`: the other side vanished, the caller is still there."""

    by: Side
    cause: str
    lost: bool = False
    headers: Headers = ()
    """Why, in the words of who hung up."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Where the other side passes the caller on to, and which side of the call that was."""

    kind: str
    target: str
    by: Side
    number: str = ""


class Conversation:
    """Owns the other leg from now on, as its listener; the caller's leg stays with the call."""

    def __init__(
        self,
        call: CallId,
        caller: Leg,
        other: Leg,
        append: Append,
        *,
        on_change: Callable[[], None],
        on_key: Callable[[str], None] = lambda _: None,
        music: Sound | None,
        codes: Sequence[str] = (),
        agent: AgentId | None = None,
        entry: EntryId | None = None,
    ) -> None:
        """`on_change`: the other leg's session changed in a way that no event tells. `codes` of an
        agent's, which the caller does not hear."""
        self.other = other
        self.agent = agent
        self.entry = entry
        self.on_join: Callable[[], None] = lambda: None
        """Told whenever the two are joined, for somebody who hears them too."""
        self.waited_s = 0.0  # of the caller, in queues, before it
        self._call = call
        self._caller = caller
        self._append = append
        self._on_change = on_change
        self._on_key = on_key
        self._music = music
        self._codes = codes if agent is not None else ()
        self._passing: Passing | None = None
        self._suspended = False  # the caller hears somebody else meanwhile
        self._work: list[Work] = []
        self._over: Over | None = None
        self._news = asyncio.Event()

    def start(self) -> None:
        """Join the sound, in this turn of the loop."""
        self.other.listener = self
        self._join()
        sound = self._caller.media.explain_bridge(self.other.media)
        self._append(CallBridged(self._call, self.other.name, self.agent, self.entry, sound))

    def tell_holds(self) -> None:
        """Who holds already as it begins; after whatever else is to be told of the beginning."""
        if self._caller.held:
            self.caller_held()
        if self.other.held:
            self.leg_held(self.other)

    def resume(self) -> None:
        """Join the sound of two restored legs; the log knows of the bridge already."""
        self.other.listener = self
        self._join()
        if self.other.held:
            self._play_music()

    async def turn(self) -> Over | Work:
        """Wait for its end, or for work that somebody asked for; work asked for earlier first."""
        await self._news.wait()
        if self._work:
            work = self._work.pop(0)
            if self._over is None and not self._work:
                self._news.clear()
            return work
        assert self._over is not None
        return self._over

    def rejoin(self) -> None:
        """Let the two alone hear each other again, whoever heard them meanwhile."""
        if self.is_joined:
            self._caller.media.bridge(self.other.media)

    @property
    def is_joined(self) -> bool:
        """Whether the two hear each other, but for hold."""
        return self._over is None and not self._suspended

    def stop(self, by: Side, cause: str = "hung_up") -> None:
        """End it from this side: the other leg is hung up. Harmless when it is over already."""
        self._finish(Over(by, cause))

    # Passing the caller on

    @property
    def is_passing(self) -> bool:
        return self._passing is not None

    @property
    def is_over(self) -> bool:
        return self._over is not None

    def pass_to(self, passing: Passing, work: Work | None = None) -> None:
        """The other side wants to pass the caller on: the story does that `work` next.

        If the other side leaves from now on, it has passed the caller on.
        """
        self._passing = passing
        if work is not None:
            self.do(work)

    def do(self, work: Work) -> None:
        """The story does this next, after what it was given before."""
        self._work.append(work)
        self._news.set()

    async def disturbed(self) -> None:
        """Wait for its end, or for work that somebody asks for; from within work."""
        await self._news.wait()

    def suspend(self) -> None:
        """Both are there still, and hear each other no more."""
        self._suspended = True
        self.other.media.watch(False)
        if not self._caller.closed:
            self._quieten()

    def go_on(self) -> None:
        """The caller could not be passed on: both are given back to each other."""
        self._passing, self._suspended = None, False
        if self._over is None:
            self._join()
            if self.other.held:
                self._play_music()
        elif not self._caller.closed:
            self._quieten()

    def give_up(self) -> Leg:
        """End it with both sides there still; the other leg is whose who asks."""
        self._over = Over(Side.CALLER, "transferred")
        self._news.set()
        self._quieten()
        if self._codes:
            self.other.media.guard_codes(())
        self._append(
            CallUnbridged(self._call, self.other.name, Side.CALLER, self.agent, self.entry)
        )
        return self.other

    def caller_leaves(self) -> None:
        """Somebody else takes the caller's place: `caller_comes` follows."""
        if not self._caller.closed:
            self._quieten()
        if self._caller.held:
            self.caller_resumed()

    def caller_comes(self, leg: Leg) -> None:
        self._caller = leg
        if leg.held:
            self.caller_held()
        if self._suspended:
            return
        self._join()
        if self.other.held:
            self._play_music()

    def hand_over(self) -> None:
        """The caller was passed on: the other side is let go."""
        self.other.sip.refer_progress(200)  # asked outside its dialog, it may have left already
        self._finish(Over(Side.AGENT, "transferred"))

    # The other leg's listener

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None: ...
    def leg_answered(self, leg: Leg) -> None: ...
    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None: ...
    def leg_key(self, leg: Leg, key: str) -> None:
        self._on_key(key)

    def leg_played(self, leg: Leg, playback: int) -> None: ...

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        self._finish(Over(Side.AGENT, cause, lost, leg.farewell))

    def leg_silent(self, leg: Leg) -> None:
        self._finish(Over(Side.SYSTEM, "rtp_timeout", lost=True))

    def leg_held(self, leg: Leg) -> None:
        self._append(CallHeld(self._call, Side.AGENT))
        if not self._suspended:
            self._play_music()

    def leg_resumed(self, leg: Leg) -> None:
        if not self._suspended:
            self._caller.media.stop()
        self._append(CallResumed(self._call, Side.AGENT))

    def leg_renegotiated(self, leg: Leg) -> None:
        self._on_change()

    # What the call tells of the caller's leg

    def caller_held(self) -> None:
        self._append(CallHeld(self._call, Side.CALLER))

    def caller_resumed(self) -> None:
        self._append(CallResumed(self._call, Side.CALLER))

    def _join(self) -> None:
        self._caller.media.stop()
        self._caller.media.bridge(self.other.media)
        self._caller.media.watch(True)
        self.other.media.watch(True)
        if self._codes:
            self.other.media.guard_codes(self._codes)
        self.on_join()

    def _play_music(self) -> None:
        if self._music is not None:
            self._caller.media.play([self._music], loop=True)

    def _finish(self, over: Over) -> None:
        if self._over is not None:
            return
        self._over = over  # first: whatever breaks below, the story goes on
        self._news.set()
        if not self._caller.closed and not self._suspended:
            self._quieten()
        if self._passing is not None:
            self._tell_passing(self._passing, over)
        self.other.hang_up(over.cause, self._caller.farewell)
        self._append(CallUnbridged(self._call, self.other.name, over.by, self.agent, self.entry))
        tell_leg_over(self._append, self._call, self.other, over.cause)
        if self.agent is not None:
            self._append(AgentReleased(self.agent, self._call))

    def _quieten(self) -> None:
        self._caller.media.watch(False)
        self._caller.media.part()
        self._caller.media.stop()

    def _tell_passing(self, passing: Passing, over: Over) -> None:
        """Counted when who passes on has left, whoever answers then."""
        if over.by is Side.AGENT:
            kind, target = passing.kind, passing.target
            self._append(
                CallTransferred(
                    self._call, passing.by, kind, target, self.agent, self.entry, passing.number
                )
            )
        elif not self.other.closed:
            self.other.sip.refer_progress(_CALLER_CANCELLED)


def tell_bridge_lost(append: Append, call: CallId, bridge: Bridge) -> None:
    """Log the end of a bridge whose other leg did not outlive a restart."""
    append(CallUnbridged(call, bridge.leg, Side.SYSTEM, bridge.agent, bridge.entry))
    if bridge.agent is not None:
        append(AgentReleased(bridge.agent, call))


def tell_leg_over(
    append: Append, call: CallId, leg: Leg, cause: str, status: int | None = None
) -> None:
    """Log the end of a closed leg and, if it had sound, what became of it."""
    append(LegEnded(call, leg.name, cause, status))
    tell_media(append, call, leg)


def tell_media(append: Append, call: CallId, leg: Leg) -> None:
    heard = leg.statistics
    if heard.packets_sent or heard.packets_received:
        append(
            MediaMeasured(
                call,
                leg.name,
                packets_sent=heard.packets_sent,
                packets_received=heard.packets_received,
                packets_lost=heard.packets_lost,
                jitter_s=heard.jitter_s,
                mos=heard.mos,
                codec=leg.media.codec,
                round_trip_s=heard.round_trip_s,
                concealed_s=heard.concealed_s,
            )
        )
