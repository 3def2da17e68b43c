"""Who is in a caller's way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.competition import Ahead, Competition, Demand
from acd.requirements import profile_key
from acd.settings import AgentProfile
from events.ids import QueueName

SALES, HELP = QueueName("sales"), QueueName("help")
SELLER = profile_key(AgentProfile(skills={"sales": 5}))
ANYBODY = profile_key(AgentProfile())
GERMAN = profile_key(AgentProfile(languages={"de": 5}))
HEADS = {SELLER: 2, ANYBODY: 6, GERMAN: 2}
EVERYBODY = (SELLER, ANYBODY, GERMAN)
HANDLED_S = {SALES: 300.0, HELP: None}


def ahead(*demands: Demand, of: tuple[object, ...] = EVERYBODY) -> Ahead:
    return Competition(demands, HEADS, HANDLED_S.__getitem__).for_agents_of(of)  # type: ignore[arg-type]


def test_calls_for_the_same_agents_are_in_the_way() -> None:
    assert ahead(Demand(HELP, EVERYBODY, 3)) == Ahead(3.0)
    assert ahead(Demand(SALES, (SELLER,), 3), of=(SELLER,)) == Ahead(3.0, 3.0, 900.0)


def test_of_calls_for_more_agents_a_part_is_in_the_way() -> None:
    calls, _, _ = ahead(Demand(HELP, EVERYBODY, 5), Demand(SALES, (SELLER,), 1), of=(SELLER,))
    assert calls == pytest.approx(5 * 2 / 10 + 1)


def test_calls_for_other_agents_are_not() -> None:
    assert ahead(Demand(SALES, (SELLER,), 9), of=(GERMAN,)) == Ahead(0.0)


def test_agents_who_are_away_take_nothing() -> None:
    nobody = profile_key(AgentProfile(skills={"rare": 1}))
    assert ahead(Demand(HELP, (nobody,), 9), of=(nobody, SELLER)) == Ahead(0.0)
    assert ahead(Demand(HELP, (nobody, SELLER), 9), of=(SELLER,)) == Ahead(9.0)


DEMANDS = st.lists(
    st.builds(
        Demand,
        st.sampled_from([SALES, HELP]),
        st.lists(st.sampled_from(EVERYBODY), min_size=1, unique=True).map(tuple),
        st.integers(0, 9),
    )
)


@given(DEMANDS, st.permutations(EVERYBODY), st.randoms())
def test_the_order_changes_nothing(
    demands: list[Demand], able: list[object], chance: object
) -> None:
    shuffled = sorted(demands, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert ahead(*shuffled, of=tuple(able)) == ahead(*demands)


@given(DEMANDS)
def test_everybody_together_takes_every_call(demands: list[Demand]) -> None:
    calls = sum(each.calls for each in demands)
    assert abs(ahead(*demands).calls - calls) < 1e-7
