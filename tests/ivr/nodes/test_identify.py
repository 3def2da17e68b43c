"""identify: who is calling."""

from ivr.nodes.identify import Identify
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.fake_world import FakeWorld

ANNA = {"number": "62811", "name": "Anna", "vip": True}
WORLD = {"62811": ANNA}


async def test_the_calling_number_says_who_it_is() -> None:
    identify = Identify.model_validate({"next": "a", "unknown": "b"})
    caller = FakeCaller(world=FakeWorld(customers=WORLD), caller={"number": "62811"})
    assert (await identify.run(caller)).outcome == "next"
    assert caller.variables["customer"] == ANNA


async def test_a_number_that_was_keyed_in_does_so_too() -> None:
    identify = Identify.model_validate({"number": "{{ account }}", "next": "a", "unknown": "b"})
    caller = FakeCaller(world=FakeWorld(customers=WORLD), account="62811")
    assert (await identify.run(caller)).target == "a"


async def test_strangers_keep_what_was_known_of_them() -> None:
    identify = Identify.model_validate({"number": "{{ account }}", "next": "a", "unknown": "b"})
    for account in ("999", ""):
        caller = FakeCaller(account=account, customer={"name": "Bert"})
        left = await identify.run(caller)
        assert (left.outcome, left.target) == ("unknown", "b")
        assert caller.variables["customer"] == {"name": "Bert"}


async def test_earlier_calls_are_asked_for_where_wanted() -> None:
    identify = Identify.model_validate(
        {"next": "a", "unknown": "b", "history_days": 30, "number": "{{ caller.number }}"}
    )
    world = FakeWorld(history={"calls": 3, "agent": "7"})
    caller = FakeCaller(world=world, caller={"number": "62811"})
    assert (await identify.run(caller)).outcome == "unknown", "a stranger may have called before"
    history = caller.variables["history"]
    assert (history["calls"], history["agent"], history["queue"]) == (3, "7", None)
    assert history["asked"] == ["62811", 30]


async def test_a_past_that_cannot_be_read_turns_nobody_away() -> None:
    identify = Identify.model_validate({"next": "a", "unknown": "b", "history_days": 30})
    caller = FakeCaller(world=FakeWorld(customers=WORLD), caller={"number": "62811"})
    assert (await identify.run(caller)).outcome == "next"
    assert caller.variables["history"]["calls"] is None
