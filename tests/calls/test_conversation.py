"""Two legs that hear each other: bridge, hold, good-bye, and what is logged of it."""

import pytest

from calls.conversation import Conversation, Over, tell_bridge_lost
from calls.state import Bridge
from events.agents import AgentReleased
from events.calls import (
    CallBridged,
    CallHeld,
    CallResumed,
    CallUnbridged,
    LegEnded,
    MediaMeasured,
    Side,
)
from events.event import Event
from events.ids import AgentId, CallId, EntryId
from media.events import SoundLost
from sip.dialogs.leg_events import Answered, HungUp, OfferReceived
from tests.calls.scripted import Rig, sound
from tests.virtual_time import in_virtual_time

CALL, AYU, ENTRY = CallId("c"), AgentId("1"), EntryId("e")


class Talk:
    """A conversation between two rigs; `log` is what was appended."""

    def __init__(self, *, agent: AgentId | None = AYU, entry: EntryId | None = ENTRY) -> None:
        self.log: list[Event] = []
        self.changes = 0
        self.caller, self.other = Rig("c-0"), Rig("c-1")
        self.caller.leg.read_offer()
        self.caller.leg.answer()
        self.other.happens(Answered(b"talk"))
        self.talk = Conversation(
            CALL,
            self.caller.leg,
            self.other.leg,
            self.log.append,
            on_change=self._changed,
            music=sound("music"),
            agent=agent,
            entry=entry,
        )

    def _changed(self) -> None:
        self.changes += 1

    async def over(self) -> Over:
        turn = await self.talk.turn()
        assert isinstance(turn, Over)
        return turn

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.log]

    @property
    def joined(self) -> bool:
        return self.caller.media.bridged_to is self.other.media


@in_virtual_time
async def test_the_bridge_stands_in_the_same_turn() -> None:
    it = Talk()
    it.talk.start()
    assert it.joined
    assert it.log == [CallBridged(CALL, "c-1", AYU, ENTRY)]
    assert it.caller.media.did[-2:] == ["stop", "watch True"]
    assert it.other.leg.listener is it.talk


@in_virtual_time
async def test_the_caller_hears_music_while_the_other_side_holds() -> None:
    it = Talk()
    it.talk.start()
    it.other.happens(OfferReceived(b"hold"))
    assert it.caller.media.did[-1] == "play music for ever"
    it.other.happens(OfferReceived(b"talk"))
    assert it.caller.media.did[-1] == "stop"
    assert it.log[1:] == [CallHeld(CALL, Side.AGENT), CallResumed(CALL, Side.AGENT)]


@in_virtual_time
async def test_another_change_of_the_session_is_written_down() -> None:
    it = Talk()
    it.talk.start()
    it.other.happens(OfferReceived(b"talk"))
    assert (it.changes, it.kinds) == (1, ["CallBridged"])


@in_virtual_time
async def test_who_holds_from_the_beginning_is_told_after_it() -> None:
    it = Talk()
    it.caller.leg.held = it.other.leg.held = True
    it.talk.start()
    assert it.kinds == ["CallBridged"]
    it.talk.tell_holds()
    assert it.log[1:] == [CallHeld(CALL, Side.CALLER), CallHeld(CALL, Side.AGENT)]


@in_virtual_time
async def test_the_other_side_hangs_up() -> None:
    it = Talk()
    it.talk.start()
    it.other.happens(HungUp())
    over = await it.over()
    assert (over.by, over.cause, over.lost) == (Side.AGENT, "hung_up", False)
    assert it.kinds[1:] == ["CallUnbridged", "LegEnded", "MediaMeasured", "AgentReleased"]
    assert not it.joined
    assert it.caller.sip.said == ["answer answer"], "the caller is still there"


@in_virtual_time
async def test_the_caller_hangs_up() -> None:
    it = Talk()
    it.talk.start()
    it.caller.leg.close()
    it.talk.stop(Side.CALLER)
    assert it.other.sip.said == ["hang up hung_up"]
    unbridged = it.log[1]
    assert isinstance(unbridged, CallUnbridged)
    assert unbridged.by is Side.CALLER


@in_virtual_time
async def test_it_ends_once() -> None:
    it = Talk()
    it.talk.start()
    it.talk.stop(Side.CALLER)
    it.talk.stop(Side.SYSTEM)
    it.talk.leg_ended(it.other.leg, "hung_up", lost=False)
    assert it.kinds.count("CallUnbridged") == 1
    assert (await it.over()).by is Side.CALLER


@in_virtual_time
async def test_a_silent_other_side_is_lost_but_the_caller_is_not() -> None:
    it = Talk()
    it.talk.start()
    it.other.media.on_event(SoundLost(60.0))
    over = await it.over()
    assert (over.by, over.cause, over.lost) == (Side.SYSTEM, "rtp_timeout", True)


@pytest.mark.parametrize(
    ("agent", "entry", "released"), [(None, None, 0), (AYU, None, 1), (AYU, ENTRY, 1)]
)
@in_virtual_time
async def test_who_took_part_as_an_agent_is_released_once(
    agent: AgentId | None, entry: EntryId | None, released: int
) -> None:
    it = Talk(agent=agent, entry=entry)
    it.talk.start()
    it.talk.stop(Side.CALLER)
    assert it.kinds.count("AgentReleased") == released


@in_virtual_time
async def test_a_resumed_conversation_is_no_news() -> None:
    it = Talk()
    it.other.leg.held = True
    it.talk.resume()
    assert it.joined
    assert it.log == []
    assert it.caller.media.did[-1] == "play music for ever"


def test_a_bridge_that_did_not_outlive_a_restart_is_closed_in_the_log() -> None:
    log: list[Event] = []
    tell_bridge_lost(log.append, CALL, Bridge("c-1", AYU, ENTRY))
    assert log == [CallUnbridged(CALL, "c-1", Side.SYSTEM, AYU, ENTRY), AgentReleased(AYU, CALL)]
    log.clear()
    tell_bridge_lost(log.append, CALL, Bridge("c-1", None, None))
    assert log == [CallUnbridged(CALL, "c-1", Side.SYSTEM)]


@in_virtual_time
async def test_the_sound_of_the_other_leg_is_measured() -> None:
    it = Talk()
    it.talk.start()
    it.talk.stop(Side.CALLER)
    measured = next(event for event in it.log if isinstance(event, MediaMeasured))
    assert (measured.leg, measured.packets_sent) == ("c-1", 10)
    ended = next(event for event in it.log if isinstance(event, LegEnded))
    assert ended.cause == "hung_up"
