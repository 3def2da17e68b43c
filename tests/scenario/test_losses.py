"""Every datagram of a complete call lost, doubled, and delayed past the next, one at a time.

Whatever the network does to one datagram, retransmission makes good: in every run the same
conversation takes place. The one thing that may differ is `LegRang`: a 180 is never repeated for
its own sake (RFC 3261 §17.2.1), so the story may learn of the ringing from the 200 alone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from events.agents import AgentState
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallResumed,
    CallUnbridged,
    LegDialled,
    LegEnded,
    Outcome,
    Side,
)
from events.queues import (
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
)
from sip.dialogs.leg_events import Answered, Rejected
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.scenario.queue_story import begun
from tests.sip.memory_network import LATENCY_S, Datagram, Hook, delaying, doubling, losing
from tests.virtual_time import run

HAIR_S: Final = 1e-4
LONGEST_OVERTAKING_S: Final = 0.4
"""A longer delay than that meets a retransmission first (T1 is 0.5 s): then the copy is late."""

ONCE: Final = (
    *(CallArrived, CallAnswered, CallQueued, CallOffered, LegDialled, OfferClosed),
    *(QueueAnswered, CallBridged, CallUnbridged, QueueCallHandled, CallEnded),
)


@dataclass(frozen=True)
class Traffic:
    """Of an undisturbed call: each datagram, and when it was sent."""

    log: list[Datagram]
    sent_at: list[float]

    def overtaken_after_s(self, number: int) -> float:
        """A delay after which the next datagram on the same way has overtaken this one."""
        mine, at = self.log[number], self.sent_at[number]
        later = [
            sent
            for each, sent in zip(self.log[number + 1 :], self.sent_at[number + 1 :], strict=True)
            if (each.source, each.destination) == (mine.source, mine.destination)
        ]
        gap_s = min(later, default=at) - at
        return gap_s + HAIR_S if 0.0 < gap_s < LONGEST_OVERTAKING_S else LONGEST_OVERTAKING_S


async def whole_call(house: House) -> Callable[[], None]:
    """Caller, flow, queue, agent, hold from both sides, good-bye. Returns what must be true."""
    story = await begun(house)
    await story.over()

    def check() -> None:
        counts = {kind.__name__: house.count(kind) for kind in ONCE}
        assert counts == dict.fromkeys(counts, 1)
        assert sum(isinstance(event, Answered) for event in story.caller.heard) == 1
        ended = house.the(CallEnded)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, Side.CALLER)
        assert house.the(OfferClosed).outcome is OfferOutcome.ANSWERED
        assert [held.by for held in house.all(CallHeld)] == [Side.AGENT, Side.CALLER]
        assert [resumed.by for resumed in house.all(CallResumed)] == [Side.AGENT, Side.CALLER]
        handled = house.the(QueueCallHandled)
        assert handled.hold_s == pytest.approx(4.0, abs=2.5)
        assert handled.talk_s + handled.hold_s == pytest.approx(16.5, abs=2.0)

    return check


async def direct(house: House, acts: Callable[[Phone, Phone], None]) -> Phone:
    """3002, who proves itself, calls 3001, where it rings; two seconds later somebody acts."""
    called, caller = await house.phone("3001"), await house.phone("3002")
    caller.dial("3001")
    await house.later(2.0)
    acts(caller, called)
    await house.later(6.0)
    return caller


def ended_as(house: House, outcome: Outcome, by: Side, status: int | None = None) -> None:
    ended = house.the(CallEnded)
    assert (ended.outcome, ended.hung_up_by, ended.status) == (outcome, by, status)
    assert house.count(LegDialled) == house.count(LegEnded) == 1


async def direct_call(house: House) -> Callable[[], None]:
    """The called side hangs up."""

    def answer(caller: Phone, called: Phone) -> None:
        called.answer()
        asyncio.get_running_loop().call_later(4.0, called.hang_up)

    caller = await direct(house, answer)

    def check() -> None:
        ended_as(house, Outcome.ANSWERED, Side.AGENT)
        assert sum(isinstance(event, Answered) for event in caller.heard) == 1

    return check


async def cancelled_call(house: House) -> Callable[[], None]:
    """The caller gives up while it rings."""
    await direct(house, lambda caller, _: caller.hang_up())
    return lambda: ended_as(house, Outcome.CANCELLED, Side.CALLER, 487)


async def refused_call(house: House) -> Callable[[], None]:
    caller = await direct(house, lambda _, called: called.leg.reject(486))

    def check() -> None:
        ended_as(house, Outcome.REJECTED, Side.SYSTEM, 486)
        assert [e.status for e in caller.heard if isinstance(e, Rejected)] == [486]

    return check


STORIES: Final = {
    story.__name__: story for story in (whole_call, direct_call, cancelled_call, refused_call)
}


async def played(folder: Path, name: str, hook: Hook | None = None) -> Traffic:
    sent_at: list[float] = []
    async with House(folder) as house:

        def hooked(datagram: Datagram) -> tuple[float, ...]:
            sent_at.append(house.time())
            return tuple(hook(datagram)) if hook else (LATENCY_S,)

        house.network.hook = hooked
        check = await STORIES[name](house)
        await house.until(CallEnded)
        await house.quiet()
        await house.later(60.0)
        check()
        house.assert_counts_balance()
        assert house.state("1") is AgentState.AVAILABLE
        assert all(leg.ended for phone in house.phones for leg in phone.legs)
    return Traffic(list(house.network.log), sent_at)


@pytest.mark.parametrize("misfortune", ["lost", "doubled", "delayed", "late"])
@pytest.mark.parametrize("name", STORIES)
def test_every_datagram(tmp_path: Path, name: str, misfortune: str) -> None:
    (tmp_path / "reference").mkdir()
    traffic = run(played(tmp_path / "reference", name))
    hooks: dict[str, Callable[[int], Hook]] = {
        "lost": losing,
        "doubled": doubling,
        "delayed": lambda number: delaying(number, traffic.overtaken_after_s(number)),
        "late": lambda number: delaying(number, 0.7),  # after its own retransmission
    }
    assert len(traffic.log) > 10
    for datagram in traffic.log:
        folder = tmp_path / str(datagram.number)
        folder.mkdir()
        try:
            run(played(folder, name, hooks[misfortune](datagram.number)))
        except BaseException as error:
            way = f"{datagram.source.host} to {datagram.destination.host}"
            error.add_note(f"{misfortune}: {datagram.number}, {datagram.start_line}, {way}")
            raise


def test_the_calls_have_every_kind_of_message(tmp_path: Path) -> None:
    seen = set()
    for name in STORIES:
        (tmp_path / name).mkdir()
        traffic = run(played(tmp_path / name, name))
        seen |= {each.start_line.split("sip:")[0].strip() for each in traffic.log}
    assert seen >= {"INVITE", "ACK", "BYE", "CANCEL"}
    assert {line.split()[1] for line in seen if line.startswith("SIP/2.0")} >= {
        *("180", "200", "401", "486", "487"),
    }
