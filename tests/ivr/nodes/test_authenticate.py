"""authenticate: PINs, attempts, lock-outs; and nothing of it is kept."""

import json
from pathlib import Path

from argon2 import PasswordHasher

from ivr.nodes.authenticate import Authenticate
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.fake_world import FakeWorld
from tests.ivr.flow_files import load, mistakes

FLOW = """\
languages: [en]
start: ask
nodes:
  ask:
    kind: authenticate
    prompt: hello
    who: "{{ dialled }}"
    table: pins.csv
    column: account
    lock_after: 4
    next: end
    locked: stop
    otherwise: end
  stop: {kind: hang_up}
"""
DIGEST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("4711")


def asking(folder: Path) -> Authenticate:
    (folder / "pins.csv").write_text(f'account,pin\n7,"{DIGEST}"\n8,\n')
    found = load(folder, main=FLOW).current["main"].nodes["ask"]
    assert isinstance(found, Authenticate)
    return found


async def test_the_right_pin_opens_and_is_written_nowhere(tmp_path: Path) -> None:
    caller = FakeCaller("1234#", "4711#", dialled="7")
    assert (await asking(tmp_path).run(caller)).outcome == "next"
    assert "4711" not in json.dumps(caller.variables)
    assert caller.world.noted == []


async def test_three_wrong_ones_are_enough_for_a_call(tmp_path: Path) -> None:
    caller = FakeCaller("1111#", "2222#", "33#", "4711#", dialled="7")
    assert (await asking(tmp_path).run(caller)).outcome == "no_match"


async def test_wrong_ones_lock_over_calls_even_for_the_right_pin(tmp_path: Path) -> None:
    node, world = asking(tmp_path), FakeWorld()
    await node.run(FakeCaller("1111#", "2222#", "3333#", world=world, dialled="7"))
    left = await node.run(FakeCaller("4444#", world=world, dialled="7"))
    assert (left.outcome, left.target) == ("locked", "stop")
    again = FakeCaller("4711#", world=world, dialled="7")
    assert (await node.run(again)).outcome == "locked"
    assert again.heard == [], "who is locked out is not even asked"
    assert (await node.run(FakeCaller("4711#", world=FakeWorld(), dialled="7"))).outcome == "next"


async def test_strangers_and_those_without_a_pin_are_asked_like_others(tmp_path: Path) -> None:
    for who in ("9", "8", ""):
        caller = FakeCaller("4711#", "#", "", dialled=who)
        assert (await asking(tmp_path).run(caller)).outcome in ("no_match", "no_input")
        assert caller.heard == ["hello"] * 3


def test_a_table_without_pins_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("account\n7\n")
    assert mistakes(tmp_path, main=FLOW) == [
        "main.yaml:4: nodes.ask.pin_column: pins.csv has no column 'pin'"
    ]
