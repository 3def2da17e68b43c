"""Every kind of decision, and every way not to be chosen, has its words."""

import pytest

from acd.explanation import Decision
from acd.settings import AgentProfile, QueueSettings, Relaxation
from events.agents import AgentMadeNotAvailable, AgentReleased, WrapUpEnded
from events.ids import AgentId, CallId, EntryId, QueueName
from events.queues import CallQueued, OfferOutcome
from tests.acd.driver import ANN, BOB, QUEUE, Driver

C, E = CallId("c"), EntryId("c")
PLAIN = AgentProfile()
OTHER = QueueName("other")


def witnessed(d: Driver) -> list[Decision]:
    heard: list[Decision] = []
    d.acd.witness = heard.append
    return heard


@pytest.mark.parametrize(
    ("asked", "bob", "reason"),
    [
        ({"skills": {"sales": 3}}, AgentProfile(skills={"sales": 2}), "not able: sales 2 of 3"),
        ({"skills": {"sales": 1}}, PLAIN, "not able: sales 0 of 1"),
        (
            {"skills": {"english": 2, "sales": 3}},
            AgentProfile(skills={"english": 2, "sales": 2}),
            "not able: sales 2 of 3",
        ),
        ({"languages": ("es",)}, AgentProfile(languages={"en": 5}), "not able: speaks none of es"),
        ({"tiers": (1,)}, AgentProfile(tier=2), "not able: tier 2"),
        ({"sites": ("north",)}, PLAIN, "not able: site unnamed"),
        ({"any_of": ({"visa": 1},)}, PLAIN, "not able: none of the sets of skills"),
        (
            {"customer_type": "gold"},
            AgentProfile(customer_types=("plain",)),
            "not able: does not serve such customers",
        ),
        ({"excluded": (BOB,)}, PLAIN, "refused this call, or is excluded"),
        ({"preferred": ANN, "preferred_s": 60}, PLAIN, "free, but the call was kept for another"),
        ({"tiers": (1, 2)}, AgentProfile(tier=2), "free, but a worse tier"),
        ({}, PLAIN, "free, but later in the order"),
    ],
)
def test_why_not_bob(asked: dict[str, object], bob: AgentProfile, reason: str) -> None:
    ann = AgentProfile(
        skills={"english": 5, "sales": 5, "visa": 5}, languages={"es": 5}, site="north"
    )
    d = Driver(None, {ANN: ann, BOB: bob})
    d.signs_in(ANN, BOB)
    heard = witnessed(d)
    d.happens(CallQueued(C, E, QUEUE, **asked))  # type: ignore[arg-type]
    (decision,) = heard
    (candidate,) = decision.candidates
    assert (decision.agent, candidate.reason) == (ANN, reason)


def test_why_not_bob_by_what_he_does() -> None:
    """Ann rejects every call, so that hers are the reasons of the moment."""
    d = Driver(QueueSettings(after_failure={"rejected": "available"}))
    d.signs_in(BOB)
    d.calls("bob's")
    d.signs_in(ANN)
    heard = witnessed(d)

    def reason() -> str:
        d.calls(f"ann's-{len(heard)}")
        assert heard[-1].agent == ANN
        d.fails(len(heard) + 1, OfferOutcome.REJECTED)
        return heard[-1].candidates[0].reason

    reasons = [reason()]
    d.answers(1)
    d.bridged("bob's", BOB, 1)
    reasons.append(reason())
    d.happens(AgentReleased(BOB, CallId("bob's")))
    reasons.append(reason())
    d.happens(AgentMadeNotAvailable(BOB, "lunch"), WrapUpEnded(BOB))
    reasons.append(reason())
    assert reasons == ["offered", "talking", "wrap up", "not available"]


def test_the_second_phone_of_a_group() -> None:
    d = Driver(QueueSettings(ring_at_once=2))
    d.signs_in(ANN, BOB)
    heard = witnessed(d)
    d.calls("c")
    first, second = heard
    assert first.because == "first by longest idle among those free and able"
    assert second.because == "rings beside the others of its group: no other call wants them"
    assert second.candidates[0].reason == "rings for this call too"


def test_a_call_that_was_kept() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    heard = witnessed(d)
    d.happens(CallQueued(C, E, QUEUE, preferred=BOB, preferred_s=60))
    assert (heard[0].agent, heard[0].because) == (BOB, "the call was kept for them")


def test_a_step_of_the_relaxation_is_told() -> None:
    ease = (Relaxation(after_s=30, level=1),)
    agents = {AgentId("ann"): AgentProfile(skills={"sales": 2})}
    d = Driver(QueueSettings(relaxation=ease), agents)
    d.signs_in(ANN)
    heard = witnessed(d)
    d.calls("c", skills={"sales": 5})
    assert heard == []
    d.passes(30)
    (decision,) = heard
    assert (decision.step, decision.waited_s) == (1, 30)
    assert decision.requirement.skills == {("sales", 1)}


def test_calls_that_had_to_wait_on() -> None:
    queues = {QUEUE: QueueSettings(), OTHER: QueueSettings(weight=0.5)}
    d = Driver(queues, {ANN: PLAIN, BOB: PLAIN})
    d.calls("first")
    d.calls("light", queue=OTHER)
    d.passes(10)
    d.calls("later", at=10)
    heard = witnessed(d)
    d.signs_in(ANN)
    (decision,) = heard
    assert decision.call == "first"
    assert {each.call: each.reason for each in decision.rivals} == {
        "light": "weighted wait 5.0 s of 10.0 s",
        "later": "due 10.0 s later",
    }


def test_calls_that_were_not_theirs_are_no_rivals() -> None:
    d = Driver(None, {ANN: PLAIN, BOB: PLAIN})
    d.calls("important", at=5, priority=2)
    d.calls("plain", at=5, priority=1)
    d.calls("not able", skills={"sales": 1})
    d.happens(CallQueued(CallId("refused"), EntryId("refused"), QUEUE, excluded=(ANN,)))
    d.now = 30.0
    heard = witnessed(d)
    d.signs_in(ANN)
    (decision,) = heard
    assert (decision.call, decision.waited_s) == ("important", 25.0)
    (rival,) = decision.rivals
    assert (rival.call, rival.waited_s, rival.reason) == ("plain", 25.0, "due 60.0 s later")


def test_of_two_that_came_together_the_second_came_later() -> None:
    d = Driver(None, {ANN: PLAIN})
    d.calls("one", at=5)
    d.calls("two")
    heard = witnessed(d)
    d.signs_in(ANN)
    assert [each.reason for each in heard[0].rivals] == ["came later"]
