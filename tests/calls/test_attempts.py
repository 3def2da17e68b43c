"""One call, several places: who is asked next, and when nobody else is."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from calls.attempts import GATEWAYS, PHONES, Attempts, Policy
from calls.leg import Leg
from sip.address import Target
from sip.dialogs.leg_events import Answered, LegEvent, Rejected, Ringing
from tests.calls.scripted import Heard, ScriptedMedia, ScriptedSip
from tests.virtual_time import in_virtual_time

TARGETS = [Target(f"sip:2001@192.0.2.{n}") for n in (1, 2, 3)]


class Search:
    def __init__(self, policy: Policy) -> None:
        self.failed: list[Target] = []
        self.asked: list[str] = []
        self.dialogs: list[ScriptedSip] = []
        self.owner = Heard()
        self.leg = Leg("c-1", ScriptedMedia)
        policy = replace(policy, on_flow_failed=self.failed.append)
        self.attempts = Attempts(self.leg, TARGETS, self._invite, policy)
        sip = self.attempts.begin()
        self.leg.join(sip, self.owner)
        sip.on_event = self.attempts.heard

    def _invite(self, target: Target, on_event: Callable[[LegEvent], None]) -> ScriptedSip:
        sip = ScriptedSip()
        sip.on_event = on_event
        self.asked.append(target.uri[-1])
        self.dialogs.append(sip)
        return sip


@pytest.mark.parametrize(
    ("policy", "status", "goes_on"),
    [
        *((GATEWAYS, status, True) for status in (408, 503)),
        *((GATEWAYS, status, False) for status in (404, 430, 480, 486, 500, 603)),
        *((PHONES, status, True) for status in (408, 410, 430, 480, 503)),
        *((PHONES, status, False) for status in (404, 486, 487, 488, 500, 600, 603)),
    ],
)
def test_which_refusals_lead_on(policy: Policy, status: int, goes_on: bool) -> None:
    search = Search(policy)
    search.dialogs[0].on_event(Rejected(status, ""))
    assert search.asked == (["1", "2"] if goes_on else ["1"])
    assert search.leg.closed is not goes_on
    assert search.failed == (TARGETS[:1] if status == 430 else [])


def test_who_rings_is_the_one() -> None:
    search = Search(PHONES)
    search.dialogs[0].on_event(Ringing(180))
    search.dialogs[0].on_event(Rejected(480, ""))
    assert search.asked == ["1"]
    assert search.leg.closed


@in_virtual_time
async def test_silent_places_are_left_and_what_they_say_later_counts_no_more() -> None:
    search = Search(replace(PHONES, patience_s=1.0))
    await asyncio.sleep(1.5)
    assert (search.asked, search.dialogs[0].said) == (["1", "2"], ["hang up"])
    search.dialogs[0].on_event(Rejected(486, ""))
    assert not search.leg.closed
    await asyncio.sleep(1.0)
    assert search.asked == ["1", "2", "3"]
    await asyncio.sleep(60.0)
    assert search.dialogs[2].said == []  # the last one has all the time that Timer B gives
    search.dialogs[2].on_event(Answered(b"talk"))
    assert search.leg.answered


@in_virtual_time
async def test_a_leg_that_was_given_up_asks_nobody_else() -> None:
    search = Search(replace(PHONES, patience_s=1.0))
    search.leg.hang_up()
    await asyncio.sleep(5.0)
    assert search.asked == ["1"]
