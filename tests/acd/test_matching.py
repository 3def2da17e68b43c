"""The indexed matcher: equal to the plain one, whatever comes and goes."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from acd.matching import EMPTY_CLASSES_KEPT, Assignment, Matcher
from acd.ready import Standing
from acd.requirements import Requirement, profile_key
from acd.settings import AgentProfile, Strategy
from events.ids import AgentId, EntryId, QueueName
from tests.acd.oracle import PlainMatcher

SKILLS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), max_size=3)
LANGUAGES = st.lists(st.sampled_from(["en", "es", "id"]), unique=True, max_size=2).map(tuple)
PROFILES = st.builds(
    AgentProfile,
    skills=SKILLS,
    languages=st.dictionaries(st.sampled_from(["en", "es", "id"]), st.just(5)),
    tier=st.integers(1, 2),
    site=st.sampled_from(["", "north"]),
    customer_types=st.sampled_from([(), ("gold",)]),
)
AGENTS = [AgentId(f"agent-{n}") for n in range(6)]
REQUIREMENTS = st.builds(
    Requirement,
    st.sampled_from(["q1", "q2"]).map(QueueName),
    st.sampled_from(Strategy),
    SKILLS.map(lambda skills: frozenset(skills.items())),
    LANGUAGES,
    st.frozensets(st.sampled_from(AGENTS), max_size=2),
    any_of=st.lists(
        st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), min_size=1, max_size=2).map(
            lambda skills: frozenset(skills.items())
        ),
        max_size=2,
    ).map(tuple),
    tiers=st.sampled_from([(), (), (1,), (2, 1)]),
    sites=st.sampled_from([(), (), ("north",), ("north", "*")]),
    customer_type=st.sampled_from(["", "", "gold", "plain"]),
    only=st.one_of(st.none(), st.none(), st.sampled_from(AGENTS)),
    weight=st.sampled_from([1.0, 1.0, 1.0, 2.0]),
)
STANDINGS = st.builds(
    Standing,
    st.integers(0, 5),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 2**32 - 1),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), REQUIREMENTS, st.integers(0, 5)),
        st.tuples(st.just("gone"), st.integers(0, 20), st.none()),
        st.tuples(st.just("ready"), st.sampled_from(AGENTS), st.tuples(PROFILES, STANDINGS)),
        st.tuples(st.just("away"), st.sampled_from(AGENTS), st.none()),
        st.tuples(st.just("decide"), st.none(), st.none()),
    ),
    max_size=60,
)


def picks(matcher: Matcher | PlainMatcher) -> list[Assignment]:
    return list(matcher.decide())


def demanded(
    matcher: Matcher | PlainMatcher, due: int, weight: float
) -> list[list[tuple[str, int]]]:
    """Of all calls, and of those before one."""
    head = (float(due), float(due), 0, EntryId("one"))
    found = (matcher.demands(7.0), matcher.demands(7.0, before=(head, weight)))
    return [sorted((str(each.queue), each.calls) for each in part if each.calls) for part in found]


@given(STEPS, st.integers(0, 5), st.sampled_from([1.0, 2.0]))
def test_the_index_decides_as_the_plain_matcher_does(
    steps: list[tuple[str, object, object]], due: int, weight: float
) -> None:
    indexed, plain = Matcher(), PlainMatcher()
    for number, (step, what, more) in enumerate(steps):
        for matcher in (indexed, plain):
            _apply(matcher, number, step, what, more)
        is_weighted = any(asked.weight != 1 for asked, _ in plain.calls.values())
        assert demanded(indexed, due, weight if is_weighted else 1.0) == demanded(
            plain, due, weight if is_weighted else 1.0
        )
        if step == "decide":
            assert picks(indexed) == picks(plain)
    assert picks(indexed) == picks(plain)


def _apply(
    matcher: Matcher | PlainMatcher, number: int, step: str, what: object, more: object
) -> None:
    match step, what, more:
        case "call", Requirement() as requirement, int(due):
            matcher.add_call(EntryId(f"call-{number}"), requirement, (due, due, number))
        case "gone", int(which), _:
            matcher.remove_call(EntryId(f"call-{which}"))
        case "ready", str(agent), (AgentProfile() as profile, Standing() as standing):
            matcher.remove_agent(AgentId(agent))
            matcher.add_agent(AgentId(agent), profile_key(profile), standing)
        case "away", str(agent), _:
            matcher.remove_agent(AgentId(agent))


def requirement(
    *, strategy: Strategy = Strategy.LONGEST_IDLE, languages: tuple[str, ...] = (), **skills: int
) -> Requirement:
    return Requirement(QueueName("q"), strategy, frozenset(skills.items()), languages, frozenset())


def matched(asked: Requirement, **profiles: AgentProfile) -> str:
    """Who of these takes a call; each has been idle a little longer than the next one named."""
    matcher = Matcher()
    for idle_since, (name, profile) in enumerate(profiles.items()):
        matcher.add_agent(AgentId(name), profile_key(profile), Standing(idle_since))
    matcher.add_call(EntryId("call"), asked, (0.0, 0.0, 1))
    (pick,) = matcher.decide()
    return pick.agent


NOVICE = AgentProfile(skills={"sales": 2}, languages={"en": 5})
EXPERT = AgentProfile(skills={"sales": 9, "billing": 9}, languages={"en": 5, "es": 5})


def test_longest_idle_is_taken_first() -> None:
    assert matched(requirement(sales=2), novice=NOVICE, expert=EXPERT) == "novice"
    assert matched(requirement(sales=2), expert=EXPERT, novice=NOVICE) == "expert"


def test_a_minimum_level_keeps_novices_out() -> None:
    assert matched(requirement(sales=3), novice=NOVICE, expert=EXPERT) == "expert"


def test_the_better_language_beats_idle_time() -> None:
    asked = requirement(languages=("es", "en"))
    assert matched(asked, novice=NOVICE, expert=EXPERT) == "expert"


def test_strategies_rank_levels_and_breadth() -> None:
    both = {"novice": NOVICE, "expert": EXPERT}
    swapped = {"expert": EXPERT, "novice": NOVICE}
    assert matched(requirement(strategy=Strategy.BEST_LEVEL, sales=1), **both) == "expert"
    assert matched(requirement(strategy=Strategy.CLOSEST_LEVEL, sales=1), **swapped) == "novice"
    assert matched(requirement(strategy=Strategy.NARROWEST, sales=1), **swapped) == "novice"


def test_classes_without_callers_do_not_pile_up() -> None:
    matcher = Matcher()
    for level in range(3 * EMPTY_CLASSES_KEPT):
        matcher.add_call(EntryId("call"), requirement(sales=level), (0.0, 0.0, 1))
        matcher.remove_call(EntryId("call"))
    assert len(matcher._classes) <= EMPTY_CLASSES_KEPT + 1


def test_heaps_do_not_pile_up_the_dead() -> None:
    matcher = Matcher()
    profile = profile_key(AgentProfile())
    matcher.add_agent(AgentId("first"), profile, Standing(0.0))
    for number in range(1, 5000):
        matcher.add_agent(AgentId("second"), profile, Standing(number))
        matcher.remove_agent(AgentId("second"))
    (line,) = matcher._profiles[profile].ready._lines.values()
    assert len(line.heap) < 200


def test_the_head_of_a_profile_is_never_where_somebody_was_before() -> None:
    matcher = Matcher()
    profile = profile_key(NOVICE)
    for name, idle_since in (("a", 1.0), ("moved", 2.0), ("b", 3.0)):
        matcher.add_agent(AgentId(name), profile, Standing(idle_since))
    matcher.remove_agent(AgentId("moved"))
    matcher.add_agent(AgentId("moved"), profile, Standing(4.0))
    for number in (5, 6):
        matcher.add_call(EntryId(f"call-{number}"), requirement(), (number, number, number))
        agent = "a" if number == 5 else "b"
        assert picks(matcher) == [Assignment(EntryId(f"call-{number}"), AgentId(agent))]


def test_the_head_of_a_class_is_never_where_somebody_was_before() -> None:
    matcher = Matcher()
    for name, due in (("first", 1.0), ("moved", 2.0), ("second", 3.0)):
        matcher.add_call(EntryId(name), requirement(), (due, due, int(due)))
    matcher.remove_call(EntryId("moved"))
    matcher.add_call(EntryId("moved"), requirement(), (4.0, 4.0, 4))
    for number, name in enumerate(("first", "second", "moved")):
        matcher.add_agent(AgentId(f"agent-{number}"), profile_key(NOVICE), Standing(number))
        assert picks(matcher) == [Assignment(EntryId(name), AgentId(f"agent-{number}"))]


def test_assignments_are_told_one_by_one_and_an_early_stop_loses_none() -> None:
    matcher = Matcher()
    for number in range(4):
        matcher.add_call(EntryId(f"call-{number}"), requirement(), (number, number, number))
        matcher.add_agent(AgentId(f"agent-{number}"), profile_key(NOVICE), Standing(number))
    first: Iterator[Assignment] = matcher.decide()
    told = [next(first)]
    told += matcher.decide()
    assert told == [Assignment(EntryId(f"call-{n}"), AgentId(f"agent-{n}")) for n in range(4)]
