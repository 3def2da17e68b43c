"""One call: its state, the caller's leg, and what its story does with the caller.

The one task that tells the story is in `calls.telling`: a hang-up is an event to it, which ends
the scope of the story, waits for it, and then does what is left to do. Whatever must be exact in
time (abandoned, bridged, unbridged) happens in the turn of the loop that brought the news, not
when the task wakes up.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

from acd.effects import Connect, RemoveFromQueue
from calls.caller_privacy import HIDDEN, CallerPrivacy, privacy_of
from calls.conversation import Conversation, Over, tell_media
from calls.digits import DigitBuffer
from calls.ending import CANCELLED, FAILED, NOT_REACHED, Ending, outcome_of
from calls.leg import BROKEN, Leg, Party, tell_each_others_news
from calls.playing import Playing
from calls.presentation import Known, Shown
from calls.recording.recorder import Recorder, Surroundings
from calls.scope import PassedOn
from calls.services import Services
from calls.state import CallState, advance
from calls.telling import Telling
from calls.waiting import OnTheLine, Onward, Waiting
from events.agents import AgentReleased
from events.calls import (
    CallAnswered,
    CallCheckpointed,
    CallEnded,
    CallRang,
    CallRouted,
    LegEnded,
    Outcome,
    Side,
)
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, PhoneId, QueueName
from events.queues import CallFlowedOut, OfferOutcome, QueueAnswered
from ivr.caller import CallBackOutcome, QueueRequest
from media.sounds import Sound
from sip.dialogs.leg_events import Referred
from sip.message import Headers
from sip.redirection import Diversion

Story: TypeAlias = Callable[["Call"], Awaitable[None]]


RequestCallBack: TypeAlias = Callable[
    [QueueRequest, str, float, str, Mapping[str, Any]], CallBackOutcome
]
"""(what for, number, seconds waited, who first, what the flow has found out):
`calls.callbacks.CallBacks.request`."""


class RingingLeg(Protocol):
    """What was dialled for the caller and has not answered: `calls.stories.dial`."""

    @property
    def leg(self) -> Leg: ...
    def pick_up(self, leg: Leg) -> None:
        """Another leg answers in its place."""

    def caller_replaced(self) -> None:
        """Somebody else hears it ring from now on."""


class Call(OnTheLine):
    """Owned by `calls.centre`; ends by itself and says so through `on_over`."""

    def __init__(
        self,
        services: Services,
        state: CallState,
        leg: Leg,
        *,
        number: str,
        name: str,
        began_at: float,
        on_over: Callable[[CallId], None],
        arrived_at: float | None = None,
        diversions: Sequence[Diversion] = (),
    ) -> None:
        """`arrived_at`: seconds since 1970, if that was before now. `diversions`: who passed the
        call on before it came to us, the last one first."""
        self.diversions = tuple(diversions)
        self.services = services
        self.state = state
        self.leg = leg
        self.number = number
        self.name = name
        self.digits = DigitBuffer()
        self.waiting: Waiting | None = None
        self.conversation: Conversation | None = None
        self.ringing: RingingLeg | None = None
        self.began_at = began_at
        self.arrived_at = services.utc() if arrived_at is None else arrived_at
        self.language = services.default_language
        self.hears_us = False
        self.ending: Ending | None = None
        self.failed = False
        self.node_failed = False  # the flow went on by `on_error`
        self.onward: Onward | None = None  # where an agent has sent the caller up to
        self.on_agent_key: Callable[[Call, str], None] = lambda *_: None
        self.agent_codes: Sequence[str] = ()
        self.began_waiting_at: float | None = None  # of a place that they gave up, steady
        self.left_alone = False  # the other side hung up, and nothing has been said since
        self.times_passed_on = 0  # by flows
        self.resumed = False  # the story began in an earlier process
        self.came_back_after_s: float | None = None  # waited before a bridge that a restart broke
        self.recorder = Recorder(services.recordings, self._surroundings())
        self.stories: Mapping[str, Story] = {}  # for a caller who is passed on
        self.on_refer: Callable[[Call, Leg, Referred], None] = _decline
        self.request_callback: RequestCallBack = lambda *_: CallBackOutcome.REFUSED
        self.callback_age_s: Callable[[QueueName], float] = lambda _: 0.0
        self.watchers: list[Callable[[Event], None]] = [self.recorder.follow]
        self._legs_named = state.legs
        self.playing = Playing(leg)
        self._rang = False
        self._checkpointed = state.milestone if state.answered else None
        self.telling = Telling(self, services.settings.hang_up_s, on_over)

    @property
    def id(self) -> CallId:
        return self.state.call

    # Events

    def happened(self, event: Event) -> None:
        self.services.feed.append(event)

    def follow(self, recorded: Recorded) -> None:
        """One of this call's events was logged; a new stage is written down as it begins."""
        before, self.state = self.state, advance(self.state, recorded.event, recorded.utc)
        if self.state is not before and self.state.milestone != self._checkpointed:
            self._checkpointed = self.state.milestone
            self.checkpoint()
        for watch in tuple(self.watchers):
            watch(recorded.event)

    def checkpoint(self) -> None:
        """Write down all that is needed to go on from here in another process.

        An unanswered caller cannot be taken along: their INVITE dies with this one.
        """
        if self.leg.answered and not self.leg.closed:
            self.happened(CallCheckpointed(self.id, self.state.stage.value, self.snapshot()))

    def snapshot(self) -> dict[str, Any]:
        """JSON values of an answered call's legs; its state follows from its events."""
        bridged = self.conversation if self.state.bridge else None
        other = bridged.other if bridged and not bridged.other.closed else None
        return {
            "language": self.language,
            "caller": self.leg.snapshot(),
            "other": other.snapshot() if other else None,
        }

    # The story

    def begin(self, story: Story) -> None:
        self.telling.begin(partial(story, self))

    def pass_on(self, passed: PassedOn) -> Callable[[], Awaitable[None]]:
        """Another story follows; nothing of this one is left in it."""
        self.left_alone = self.resumed = False
        self.digits.forget()
        self.happened(CallRouted(self.id, passed.kind, passed.target, passed.number))
        return partial(self.stories[passed.kind], self)

    def finish(self) -> None:
        """Tell the end, and end first whatever has not ended."""
        self.end("normal", NOT_REACHED)
        if self.state.engages_caller:
            assert self.state.agent is not None
            self.happened(AgentReleased(self.state.agent, self.id))
        ending = self.ending
        assert ending is not None
        if self.leg.name in self.state.open_legs:  # of who was called once
            self.happened(LegEnded(self.id, self.leg.name, ending.cause))
        tell_media(self.happened, self.id, self.leg)
        outcome = outcome_of(self.state, ending, node_failed=self.node_failed)
        self.happened(
            CallEnded(
                self.id,
                self.state.direction,
                Outcome.FAILED if self.failed else outcome,
                ending.by,
                ending.cause,
                None if self.leg.answered else ending.status,
                self.state.trunk,
            )
        )

    # What the story does with the caller

    def ring(self) -> None:
        """Let the caller hear ringing, unless they hear it or us already."""
        if not (self._rang or self.hears_us or self.leg.answered or self.leg.closed):
            self._rang = True
            self.leg.sip.ring()
            self.happened(CallRang(self.id))

    def progress(self) -> None:
        if not (self.hears_us or self.leg.answered or self.leg.closed):
            self._rang = True
            self.hears_us = self.leg.progress()
            self.happened(CallRang(self.id, early_media=self.hears_us))

    def answer(self) -> None:
        if not self.leg.answered and not self.leg.closed:
            self.leg.answer()
            self.hears_us = True
            self.happened(CallAnswered(self.id, self.services.clock() - self.began_at))

    def end(self, cause: str, status: int, headers: Headers = ()) -> None:
        """End the call from our side: BYE, or `status` if unanswered. The first ending counts.

        If it only follows that the other side hung up, it was the other side who ended it, and
        `headers` say why in its words.
        """
        if self.ending is not None:
            return
        if self.left_alone:
            self.ending = Ending(Side.AGENT, "hung_up", status)
            headers = headers or self.last_words
        else:
            self.ending = Ending(Side.SYSTEM, cause, status)
        self._let_go(Side.SYSTEM)
        if self.leg.answered:
            self.leg.hang_up(cause, headers)
        else:
            self.leg.reject(status, headers=headers)

    def drop(self, cause: str, status: int) -> None:
        """End the call from outside of its story."""
        self.telling.leave()
        self.left_alone = False
        self.end(cause, status)

    def fail(self) -> None:
        """End the call because a promise of our own is broken."""
        self.failed = True
        self.drop(BROKEN, FAILED)

    async def play(self, sounds: Sequence[Sound]) -> None:
        """Play to the end; stopped when cancelled."""
        self.left_alone = False
        await self.playing.play(sounds)

    def play_beneath(self, begin: Callable[[], object]) -> None:
        """Let `begin` play something without an end, now and after whatever is played over it."""
        self.playing.beneath(begin)

    async def beep(self) -> None:
        """Let the caller hear the tone after which one speaks."""
        await self.playing.beep()

    def sounds(self, *names: str) -> list[Sound]:
        return self.services.sounds.all(names, self.language)

    # Other legs

    def next_leg(self) -> str:
        self._legs_named += 1
        return f"{self.id}-{self._legs_named}"

    @property
    def party(self) -> Party:
        """Who calls, as phones show it."""
        hidden = self.privacy.wish.hides_caller
        return HIDDEN if hidden else Party(self.number, self.name)

    @property
    def privacy(self) -> CallerPrivacy:
        """What the caller asked of whoever passes the call on."""
        return privacy_of(self.leg.sip)

    @property
    def codec(self) -> str:
        """What the caller speaks; empty before that is agreed."""
        return self.leg.media.codec

    @property
    def takes_noise(self) -> bool:
        """Whether the caller may be sent comfort noise, an agent's for instance."""
        return self.leg.media.takes_noise

    def shown(self, queue: QueueName | None = None) -> Shown:
        """What a phone shows that rings for this call; `queue` is where the caller waited."""
        services, state = self.services, self.state
        known = Known(
            tuple(services.desk.name_of(agent) for agent in state.spoke),
            state.collected,
        )
        return services.presentation.of(
            self.id, self.party, dialled=state.dialled, queue=queue, known=known
        )

    def bridge(
        self, other: Leg, *, agent: AgentId | None = None, entry: EntryId | None = None
    ) -> Conversation:
        self.playing.give_way()
        self.conversation = self._conversation(other, agent, entry)
        self.conversation.start()
        return self.conversation

    def rebridge(self, other: Leg) -> Conversation:
        """Join two legs that outlived a restart."""
        bridge = self.state.bridge
        assert bridge is not None
        self.conversation = self._conversation(other, bridge.agent, bridge.entry)
        self.conversation.waited_s = bridge.waited_s
        self.conversation.resume()
        return self.conversation

    async def talk(self) -> Over:
        """Stay in the conversation until it is over."""
        assert self.conversation is not None
        try:
            over = await self._until_over()
        finally:
            self.conversation = None
        self.left_alone = over.by is Side.AGENT and not over.lost
        return over

    async def _until_over(self) -> Over:
        while True:
            talk = self.conversation
            assert talk is not None
            turn = await talk.turn()
            if not isinstance(turn, Over):
                await turn()
            elif self.conversation is talk:  # else another one has taken its place
                return turn

    def _conversation(
        self, other: Leg, agent: AgentId | None, entry: EntryId | None
    ) -> Conversation:
        music = self.sounds(self.services.settings.music) if self.services.settings.music else []
        self.leg.on_refer = other.on_refer = partial(self.on_refer, self)
        tell_each_others_news(self.leg, other)
        return Conversation(
            self.id,
            self.leg,
            other,
            self.happened,
            on_change=self.checkpoint,
            on_key=partial(self.on_agent_key, self),
            music=music[0] if music else None,
            codes=self.agent_codes,
            agent=agent,
            entry=entry,
        )

    def _other(self) -> Leg | None:
        return self.conversation.other if self.conversation is not None else None

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            lambda: self.leg,
            self._other,
            lambda: self.state,
            self.happened,
            self.services.clock,
            lambda: self.services.supervisors.voice_on(self.id),
        )

    def tell_both(self) -> None:
        """Let both phones show whom they have now, after somebody took a place in the call."""
        other = self._other()
        if other is not None:
            kind, name = other.line
            is_phone = kind == "phone"
            desk = self.services.desk
            self.leg.show(desk.party_at(PhoneId(name)) if is_phone else Party(other.number))
            other.show(self.party)

    def take_leg(self, leg: Leg) -> None:
        """This is the caller's leg from now on; what was played to the old one counts as heard."""
        self.leg = leg
        leg.listener = self
        leg.on_refer = partial(self.on_refer, self)
        self.playing.move(leg)

    def end_without_caller(self, ending: Ending) -> None:
        """The caller's leg is somebody else's: end, and leave it alone."""
        self.ending = ending
        self.telling.leave()

    # What the distributor decided

    def connect(self, effect: Connect, leg: Leg) -> bool:
        waiting = self.waiting
        if waiting is None or waiting.entry != effect.entry or self.leg.closed:
            return False
        self.waiting = None
        waiting.end_treatment()
        self.answer()
        wait_s = waiting.wait_s(self.services.clock())
        conversation = self.bridge(leg, agent=effect.agent, entry=effect.entry)
        conversation.waited_s = wait_s + waiting.brought_s
        self.happened(
            QueueAnswered(self.id, effect.entry, effect.queue, effect.agent, effect.offer, wait_s)
        )
        conversation.tell_holds()
        waiting.outcome.set_result(None)
        return True

    def leave_queue(self, effect: RemoveFromQueue) -> None:
        waiting = self.waiting
        if waiting is None or waiting.entry != effect.entry:
            return
        self.waiting = None
        waiting.end_treatment()
        self.playing.give_way()
        self.leg.media.stop()
        self.happened(
            CallFlowedOut(self.id, effect.entry, effect.queue, effect.wait_s, effect.reason)
        )
        waiting.outcome.set_result(effect)

    def give_up_place(self, reason: str) -> None:
        """Leave the queue as the caller chose."""
        waiting = self.waiting
        if waiting is not None:
            self.leave_queue(waiting.given_up(self.id, reason, self.services.clock()))

    # The caller's leg

    def leg_rang(self, leg: Leg, *, early_media: bool) -> None: ...
    def leg_answered(self, leg: Leg) -> None: ...
    def leg_failed(self, leg: Leg, outcome: OfferOutcome, status: int) -> None: ...

    def leg_ended(self, leg: Leg, cause: str, *, lost: bool) -> None:
        if cause == BROKEN:
            self.failed = True
            self._caller_gone(Ending(Side.SYSTEM, cause, FAILED))
        else:
            self._caller_gone(Ending(Side.CALLER, cause, CANCELLED))

    def leg_silent(self, leg: Leg) -> None:
        leg.hang_up("rtp_timeout")
        self._caller_gone(Ending(Side.SYSTEM, "rtp_timeout", FAILED))

    def leg_key(self, leg: Leg, key: str) -> None:
        # on a bridge keys pass through, and are nobody's input
        if self.conversation is None or self.state.secure_entry:
            self.digits.press(key)

    def leg_played(self, leg: Leg, playback: int) -> None:
        self.playing.finished(playback)

    def leg_held(self, leg: Leg) -> None:
        if self.conversation is not None:
            self.conversation.caller_held()

    def leg_resumed(self, leg: Leg) -> None:
        if self.conversation is not None:
            self.conversation.caller_resumed()

    def leg_renegotiated(self, leg: Leg) -> None:
        self.checkpoint()

    def _caller_gone(self, ending: Ending) -> None:
        self.telling.leave()  # first: whatever breaks below, the story ends
        if self.ending is None:
            self.ending = ending
            self._let_go(ending.by)

    def _let_go(self, by: Side) -> None:
        """Whatever the caller was in ends now."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.end_treatment()
            self.happened(waiting.left(self.id, by, self.services.clock()))
        if self.conversation is not None:
            self.conversation.stop(by)


def _decline(_: Call, leg: Leg, __: Referred) -> None:
    leg.decline_refer()
