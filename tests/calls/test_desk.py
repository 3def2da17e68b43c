"""Agents at phones: one each, found by what was logged, refused with words."""

import pytest
from argon2 import PasswordHasher

from calls.desk import Desk
from calls.problems import Refused
from calls.settings import AgentSettings, PhoneSettings
from events.agents import AgentMadeNotAvailable, AgentSignedIn, AgentSignedOut, PhoneLost
from events.event import Event
from events.ids import AgentId, PhoneId

AYU, BUDI = AgentId("1"), AgentId("2")
P1, P2 = PhoneId("2001"), PhoneId("2002")


class Told(list[Event]):
    """What was appended; follows at once, as the feed does."""

    def __init__(self) -> None:
        super().__init__()
        pin = PasswordHasher().hash("1234")
        self.desk = Desk(
            {AYU: AgentSettings(pin=pin), BUDI: AgentSettings()},
            {P1: PhoneSettings(agent="1"), P2: PhoneSettings()},
            self.happened,
            ("break", "lunch"),
        )

    def happened(self, event: Event) -> None:
        self.append(event)
        self.desk.follow(event)


def test_a_registration_signs_the_default_agent_in_once() -> None:
    told = Told()
    told.desk.phone_reached(P1)
    told.desk.phone_reached(P1)
    assert [event.kind for event in told] == ["PhoneReached", "AgentSignedIn"]
    told.desk.phone_lost(P1, "expired")
    told.desk.phone_reached(P1)
    assert [event.kind for event in told[2:]] == ["PhoneLost", "PhoneReached"]
    assert told.desk.agent_at(P1) == AYU


def test_a_phone_that_nobody_configured_is_nobodys() -> None:
    told = Told()
    told.desk.phone_reached(PhoneId("6666"))
    told.desk.phone_lost(PhoneId("6666"), "expired")
    assert told == []


def test_who_signs_in_elsewhere_moves_and_who_sat_there_stands_up() -> None:
    told = Told()
    told.desk.sign_in(AYU, P1)
    told.desk.sign_in(BUDI, P2)
    told.desk.sign_in(AYU, P2)
    assert told.desk.agent_at(P1) is None
    assert told.desk.agent_at(P2) == AYU
    assert told.desk.phone_of(BUDI) is None


def test_an_agent_who_moved_is_not_signed_in_again_by_their_old_phone() -> None:
    told = Told()
    told.desk.sign_in(AYU, P2)
    told.desk.phone_reached(P1)
    assert told.desk.phone_of(AYU) == P2


def test_what_cannot_be_done_is_refused_in_words() -> None:
    desk = Told().desk
    with pytest.raises(Refused, match="agent 1 is not signed in"):
        desk.make_available(AYU)
    with pytest.raises(Refused, match="no agent 9"):
        desk.sign_in(AgentId("9"), P1)
    with pytest.raises(Refused, match="no phone 9"):
        desk.sign_in(AYU, PhoneId("9"))


def test_requests_become_events() -> None:
    told = Told()
    told.desk.sign_in(AYU, P1)
    told.desk.make_not_available(AYU, "lunch")
    told.desk.sign_out(AYU)
    assert told == [
        AgentSignedIn(AYU, P1),
        AgentMadeNotAvailable(AYU, "lunch"),
        AgentSignedOut(AYU),
    ]


def test_a_phone_is_busy_while_any_leg_is_on_it() -> None:
    desk = Told().desk
    desk.leg_begins(P1)
    desk.leg_begins(P1)
    desk.leg_ends(P1)
    assert desk.is_busy(P1)
    desk.leg_ends(P1)
    assert not desk.is_busy(P1)


@pytest.mark.parametrize(
    ("agent", "pin", "right"),
    [(AYU, "1234", True), (AYU, "4321", False), (BUDI, "", False), (AgentId("9"), "nobody", False)],
)
def test_only_the_agents_own_pin_is_right(agent: AgentId, pin: str, right: bool) -> None:
    assert Told().desk.is_pin(agent, pin) is right


def test_losing_an_unknown_or_absent_phone_is_no_news() -> None:
    told = Told()
    told.desk.phone_lost(P1, "expired")
    assert not any(isinstance(event, PhoneLost) for event in told)
