"""Who is in a caller's way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import competition
from acd.competition import UNIT, Ahead, Competition, Demand, Heads, Profiles
from events.ids import QueueName

SALES, HELP = QueueName("sales"), QueueName("help")
SELLER, ANYBODY, GERMAN, AWAY = 1, 2, 4, 8
HEADS = {SELLER: 2, ANYBODY: 6, GERMAN: 2}
EVERYBODY = SELLER | ANYBODY | GERMAN
HANDLED_S = {SALES: 300.0, HELP: None}


def ahead(*demands: Demand, of: Profiles = EVERYBODY) -> Ahead:
    return Competition(demands, Heads(HEADS), HANDLED_S.__getitem__).for_agents_of(of)


def test_calls_for_the_same_agents_are_in_the_way() -> None:
    assert ahead(Demand(HELP, EVERYBODY, 3)) == Ahead(3.0)
    assert ahead(Demand(SALES, SELLER, 3), of=SELLER) == Ahead(3.0, 3.0, 900.0)


def test_of_calls_for_more_agents_a_part_is_in_the_way() -> None:
    calls, _, _ = ahead(Demand(HELP, EVERYBODY, 5), Demand(SALES, SELLER, 1), of=SELLER)
    assert calls == pytest.approx(5 * 2 / 10 + 1)


def test_calls_for_other_agents_are_not() -> None:
    assert ahead(Demand(SALES, SELLER, 9), of=GERMAN) == Ahead(0.0)


def test_agents_who_are_away_take_nothing() -> None:
    assert ahead(Demand(HELP, AWAY, 9), of=AWAY | SELLER) == Ahead(0.0)
    assert ahead(Demand(HELP, AWAY | SELLER, 9), of=SELLER) == Ahead(9.0)


DEMANDS = st.lists(
    st.builds(
        Demand,
        st.sampled_from([SALES, HELP]),
        st.integers(1, EVERYBODY | AWAY),
        st.integers(0, 9),
    )
)


@given(DEMANDS, st.randoms())
def test_the_order_changes_nothing(demands: list[Demand], chance: object) -> None:
    shuffled = sorted(demands, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert ahead(*shuffled) == ahead(*demands)


def agent_by_agent(demands: list[Demand], of: Profiles) -> Ahead:
    """The same without sets: what each profile is asked for, then all of them added up."""
    total = [0, 0, 0]
    for profile, heads in HEADS.items():
        for queue, able, calls in demands:
            agents = sum(count for other, count in HEADS.items() if other & able)
            if profile & of & able:
                part, handled_s = calls * UNIT // agents, HANDLED_S[queue]
                total[0] += part * heads
                if handled_s is not None:
                    total[1] += part * heads
                    total[2] += round(part * handled_s) * heads
    return Ahead(*(each / UNIT for each in total))


@given(DEMANDS, st.integers(0, EVERYBODY | AWAY))
def test_sets_say_what_each_agent_does(demands: list[Demand], of: Profiles) -> None:
    assert ahead(*demands, of=of) == agent_by_agent(demands, of)


def test_counts_of_sets_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(competition, "MOST_SETS", 4)
    heads = Heads(HEADS)
    assert [heads.among(every) for every in range(8)] == [0, 2, 6, 8, 2, 4, 8, 10]
    assert len(heads._among) == 4


@given(DEMANDS)
def test_everybody_together_takes_every_call(demands: list[Demand]) -> None:
    calls = sum(each.calls for each in demands if each.able & EVERYBODY)
    assert abs(ahead(*demands).calls - calls) < 1e-7
