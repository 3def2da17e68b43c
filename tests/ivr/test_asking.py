"""Asking: shorter questions, help and the operator key. The rest: nodes/test_menu.py."""

from pathlib import Path
from typing import Any

from ivr.asking import MOST_HELPS, Asking
from ivr.nodes.menu import Menu
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.flow_files import load, mistakes

FLOW = """\
languages: [en]
start: ask
operator: {{key: "{key}", then: desk}}
help_key: "#"
nodes:
  ask: {{kind: menu, prompt: menu, choices: {{1: end{more}}}, help: hello, otherwise: end}}
  digits: {{kind: collect, prompt: menu, into: x, max_digits: 4, min_digits: 2, next: ask,
            operator: ask, otherwise: end, terminator: "*"}}
  desk: {{kind: queue, queue: sales, comfort: hello, otherwise: digits}}
"""


def menu(**fields: Any) -> Menu:
    return Menu.model_validate(
        {"prompt": "question", "choices": {"1": "a"}, "otherwise": "b", **fields}
    )


def placed(folder: Path, node: str, key: str = "0", more: str = "") -> Asking:
    found = load(folder, main=FLOW.format(key=key, more=more)).current["main"].nodes[node]
    assert isinstance(found, Asking)
    return found


async def test_the_question_is_shorter_the_second_time() -> None:
    caller = FakeCaller("", "9", "")
    await menu(again="short", no_input={"prompts": "sorry"}).run(caller)
    assert caller.heard == ["question", "sorry", "short", "short"]


async def test_help_is_said_before_the_question_and_costs_no_attempt() -> None:
    caller = FakeCaller("*", "", "*", "", "1")
    left = await menu(help="explained").run(caller)
    assert left.outcome == "1"
    assert caller.heard == ["question", "explained", "question", "question", "explained",
                            "question", "question"]  # fmt: skip


async def test_help_comes_to_an_end() -> None:
    caller = FakeCaller(*["*"] * (MOST_HELPS + 3))
    assert (await menu(help="explained").run(caller)).outcome == "no_match"


async def test_a_choice_of_the_menu_wins_over_help() -> None:
    left = await menu(help="explained", choices={"*": "a"}).run(FakeCaller("*"))
    assert left.outcome == "*"


async def test_the_operator_key_leads_to_a_person_from_every_question(tmp_path: Path) -> None:
    left = await placed(tmp_path, "ask").run(FakeCaller("0"))
    assert (left.outcome, left.target, left.heard) == ("operator", "desk", True)
    assert (await placed(tmp_path, "ask", key="9").run(FakeCaller("9"))).target == "desk"
    assert (await placed(tmp_path, "ask").run(FakeCaller("9", "#", "1"))).outcome == "1"


async def test_a_node_has_its_own_operator_and_keeps_its_own_keys(tmp_path: Path) -> None:
    left = await placed(tmp_path, "digits").run(FakeCaller("0*"))
    assert (left.outcome, left.target) == ("operator", "ask")
    left = await placed(tmp_path, "ask", more=", 0: digits").run(FakeCaller("0"))
    assert (left.outcome, left.target) == ("0", "digits")


async def test_without_an_operator_the_key_is_wrong() -> None:
    assert (await menu().run(FakeCaller("0", "0", "0"))).outcome == "no_match"


def test_an_operator_that_does_not_exist_is_told_once(tmp_path: Path) -> None:
    flow = FLOW.format(key="0", more="").replace("then: desk", "then: desks")
    assert mistakes(tmp_path, main=flow) == [
        "main.yaml:3: operator: there is no node 'desks'; did you mean 'desk'?"
    ]
