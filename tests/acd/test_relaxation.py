"""Calls ask for less the longer they wait: by their own deadlines, and live."""

import pytest

from acd.settings import AgentProfile, QueueSettings, Relaxation
from events.agents import AgentMadeNotAvailable
from events.ids import CallId, EntryId, OfferId, QueueName
from events.queues import CallQueued, OfferFailed, OfferOutcome
from tests.acd.driver import ANN, BOB, QUEUE, Driver

OTHER = QueueName("other")
NOVICE = AgentProfile(skills={"billing": 2}, languages={"en": 5}, tier=2, site="north")


def queue(*steps: Relaxation, **rest: object) -> QueueSettings:
    return QueueSettings(relaxation=steps, **rest)  # type: ignore[arg-type]


def waiting_for_novice(settings: QueueSettings, **wishes: object) -> Driver:
    d = Driver(settings, {ANN: NOVICE})
    d.signs_in(ANN)
    d.happens(CallQueued(CallId("c"), EntryId("c"), QUEUE, **wishes))  # type: ignore[arg-type]
    assert d.said == []
    return d


@pytest.mark.parametrize(
    ("step", "wishes"),
    [
        (Relaxation(after_s=30, level=2), {"skills": {"billing": 5}}),
        (Relaxation(after_s=30, without=("visa",)), {"skills": {"billing": 1, "visa": 1}}),
        (Relaxation(after_s=30, languages=("en",)), {"languages": ("es",)}),
        (Relaxation(after_s=30, languages=("*",)), {"languages": ("es",)}),
        (Relaxation(after_s=30, tiers=(2,)), {"tiers": (1,)}),
        (Relaxation(after_s=30, sites=("north",)), {"sites": ("south",)}),
        (Relaxation(after_s=30, level=2), {"any_of": ({"billing": 9}, {"visa": 1})}),
        (Relaxation(after_s=30, without=("visa",)), {"any_of": ({"visa": 9},)}),
    ],
)
def test_a_step_lets_more_agents_take_the_call(step: Relaxation, wishes: dict[str, object]) -> None:
    d = waiting_for_novice(queue(step), **wishes)
    assert d.passes(29.9) == []
    assert d.passes(30) == ["ring ann for c (1)"]


def test_steps_add_up() -> None:
    steps = (Relaxation(after_s=30, level=2), Relaxation(after_s=60, tiers=(2,)))
    d = waiting_for_novice(queue(*steps, tiers=(1,)), skills={"billing": 5})
    assert d.passes(59) == []
    assert d.passes(60) == ["ring ann for c (1)"]


def test_a_changed_configuration_holds_for_who_waits() -> None:
    d = waiting_for_novice(QueueSettings(), skills={"billing": 5})
    d.passes(40)
    eased = {QUEUE: queue(Relaxation(after_s=30, level=2))}
    assert d._short(d.acd.configure(eased, d.agents, 40)) == ["ring ann for c (1)"]


def test_a_step_that_comes_while_a_phone_rings_counts_when_that_fails() -> None:
    steps = (Relaxation(after_s=10, overflow="other"),)
    d = Driver({QUEUE: queue(*steps), OTHER: QueueSettings()}, {ANN: NOVICE})
    d.signs_in(ANN)
    assert d.calls("c") == ["ring ann for c (1)"]
    assert d.passes(15) == []
    assert d.fails(1, OfferOutcome.BUSY) == ["remove c: overflow after 15 s"]


def test_an_overflow_names_the_next_queue() -> None:
    d = Driver({QUEUE: queue(Relaxation(after_s=10, overflow="other")), OTHER: QueueSettings()})
    d.calls("c")
    (removal,) = d.acd.tick(10.0)
    assert (removal.reason, removal.to, removal.wait_s) == ("overflow", OTHER, 10)  # type: ignore[union-attr]


def test_only_a_call_that_came_back_brings_its_wait_along() -> None:
    for returned, said in ((True, ["ring ann for c (1)"]), (False, [])):
        d = Driver(queue(Relaxation(after_s=30, level=2)), {ANN: NOVICE})
        d.signs_in(ANN)
        call = CallQueued(
            CallId("c"),
            EntryId("c"),
            QUEUE,
            {"billing": 9},
            waited_s=40,
            returned=returned,
        )
        assert d.happens(call) == said


def test_steps_must_come_one_after_the_other() -> None:
    with pytest.raises(ValueError, match="in order of after_s"):
        queue(Relaxation(after_s=9), Relaxation(after_s=9))
    with pytest.raises(ValueError, match="nothing can come after an overflow"):
        queue(Relaxation(after_s=1, overflow="other"), Relaxation(after_s=2))


def preferring(d: Driver, **wishes: object) -> list[str]:
    call = CallQueued(
        CallId("c"),
        EntryId("c"),
        QUEUE,
        preferred=ANN,
        preferred_s=20,
        **wishes,  # type: ignore[arg-type]
    )
    return d.happens(call)


def test_a_call_is_kept_for_its_preferred_agent_for_a_while() -> None:
    d = Driver(QueueSettings(wrap_up_s=0))
    d.signs_in(ANN)
    d.calls("first")
    d.answers(1)
    d.bridged("first", ANN, 1)
    d.signs_in(BOB)
    assert preferring(d) == [], "Bob is free, but the call is kept for Ann"
    assert d.passes(19) == []
    assert d.passes(20) == ["ring bob for c (2)"]


def test_the_preferred_agent_gets_it_when_free() -> None:
    d = Driver(QueueSettings(wrap_up_s=0))
    d.signs_in(BOB, ANN)
    assert preferring(d) == ["ring ann for c (1)"], "though Bob is idle for longer"


def test_nothing_is_kept_for_who_cannot_come() -> None:
    d = Driver()
    d.signs_in(BOB)
    assert preferring(d) == ["ring bob for c (1)"], "Ann is not signed in"
    d = Driver()
    d.signs_in(BOB, ANN)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"))
    assert preferring(d) == ["ring bob for c (1)"], "Ann has lunch"
    d = Driver()
    d.signs_in(BOB, ANN)
    assert preferring(d, excluded=(ANN,)) == ["ring bob for c (1)"]


def test_who_does_not_take_it_loses_the_preference() -> None:
    d = Driver()
    d.signs_in(BOB, ANN)
    preferring(d)
    assert d.happens(OfferFailed(OfferId(1), OfferOutcome.BUSY)) == ["ring bob for c (2)"]


def test_excluded_agents_never_get_it() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    call = CallQueued(CallId("c"), EntryId("c"), QUEUE, excluded=(ANN,))
    assert d.happens(call) == ["ring bob for c (1)"]
    assert d.fails(1, OfferOutcome.NO_ANSWER) == []


def test_one_of_several_sets_of_skills_will_do() -> None:
    d = Driver(agents={ANN: NOVICE, BOB: AgentProfile(skills={"visa": 3, "cards": 3})})
    d.signs_in(ANN, BOB)
    call = CallQueued(
        CallId("c"), EntryId("c"), QUEUE, any_of=({"billing": 3}, {"visa": 2, "cards": 3})
    )
    assert d.happens(call) == ["ring bob for c (1)"]


def test_who_serves_some_customers_only_gets_no_others() -> None:
    d = Driver(agents={ANN: AgentProfile(customer_types=("gold",)), BOB: AgentProfile()})
    d.signs_in(ANN, BOB)
    silver = CallQueued(CallId("s"), EntryId("s"), QUEUE, customer_type="silver")
    gold = CallQueued(CallId("g"), EntryId("g"), QUEUE, customer_type="gold")
    assert d.happens(silver) == ["ring bob for s (1)"]
    assert d.happens(gold) == ["ring ann for g (2)"]
