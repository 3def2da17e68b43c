"""In which order ready agents are taken, strategy by strategy."""

from collections import Counter

from acd.ready import Order, Ready, Standing, mixed, ticket
from acd.settings import AgentProfile, QueueSettings, Strategy
from events.agents import AgentReleased
from events.ids import AgentId, CallId, PhoneId, QueueName
from tests.acd.driver import ANN, BOB, PHONES, QUEUE, Driver

CARL = AgentId("carl")
PHONES.setdefault(CARL, PhoneId("2003"))


def staffed(strategy: Strategy, **rest: object) -> Driver:
    settings = QueueSettings(strategy=strategy, wrap_up_s=0, **rest)  # type: ignore[arg-type]
    d = Driver(settings, dict.fromkeys((ANN, BOB, CARL), AgentProfile()))
    d.signs_in(ANN, BOB, CARL)
    return d


def who(d: Driver, name: str, *, seconds: float) -> AgentId:
    """Rings for a call and takes it for so long."""
    (said,) = d.calls(name)
    agent = AgentId(said.split()[1])
    offer = int(said.rsplit("(", 1)[1].rstrip(")"))
    d.answers(offer)
    d.bridged(name, agent, offer)
    d.happens(AgentReleased(agent, CallId(name)), at=d.now + seconds)
    return agent


def test_round_robin_takes_whose_turn_it_is() -> None:
    d = staffed(Strategy.ROUND_ROBIN)
    assert [who(d, f"c{n}", seconds=1) for n in range(6)] == [ANN, BOB, CARL] * 2


def test_fewest_calls_evens_out_their_number() -> None:
    d = staffed(Strategy.FEWEST_CALLS)
    first = [who(d, f"c{n}", seconds=1) for n in range(5)]
    assert Counter(first) == {ANN: 2, BOB: 2, CARL: 1}
    assert who(d, "c5", seconds=1) == CARL


def test_least_occupied_gives_rest_to_who_had_the_long_call() -> None:
    d = staffed(Strategy.LEAST_OCCUPIED)
    assert who(d, "long", seconds=100) == ANN
    assert [who(d, f"c{n}", seconds=1) for n in range(4)] == [BOB, CARL, CARL, BOB]


def test_chance_is_fair_and_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        d = staffed(Strategy.RANDOM)
        runs.append([who(d, f"c{n}", seconds=1) for n in range(600)])
    assert runs[0] == runs[1]
    assert all(150 < count < 250 for count in Counter(runs[0]).values())
    pairs = Counter(zip(runs[0], runs[0][1:], strict=False))
    assert min(pairs.values()) > 30, "nobody follows always upon the same"


def test_another_seed_is_another_chance() -> None:
    assert ticket(1, ANN, 0) != ticket(2, ANN, 0)
    assert len({mixed(n) for n in range(10_000)}) > 9_990


def test_who_refused_is_left_out_in_every_order() -> None:
    ready = Ready()
    for number, agent in enumerate((ANN, BOB, CARL)):
        ready.add(agent, Standing(number, number, number, number, number * 1000))
    for order in Order:
        first = ready.first(order, 7, frozenset())
        assert first is not None
        second = ready.first(order, 7, frozenset({first[2]}))
        assert second is not None
        assert first[2] != second[2]
        assert ready.first(order, 7, frozenset({ANN, BOB, CARL})) is None


def test_weights_decide_between_queues() -> None:
    """One agent, two queues: twenty seconds in the heavy one count for sixty in the other."""
    heavy, light = QueueName("heavy"), QueueName("light")
    for light_at, served in ((0.0, "light"), (70.0, "heavy")):
        d = Driver({heavy: QueueSettings(weight=3), light: QueueSettings()})
        arrivals = sorted([(light_at, "light", light), (60.0, "heavy", heavy)])
        for at, name, queue in arrivals:
            d.calls(name, at=at, queue=queue)
        d.now = 80.0
        assert d.signs_in(ANN) == [f"ring ann for {served} (1)"]
    assert QUEUE not in (heavy, light)
