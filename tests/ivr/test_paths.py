"""Paths through a flow: loops that no silent caller leaves, and menus inside menus."""

from pathlib import Path

import pytest

from tests.ivr.flow_files import load, mistakes

TOP = "languages: [en]\nstart: a\nnodes:\n"


def written(*nodes: str) -> str:
    return TOP + "".join(f"  {node}\n" for node in nodes)


def menu(name: str, choices: str, otherwise: str = "end") -> str:
    return f"{name}: {{kind: menu, prompt: menu, choices: {choices}, otherwise: {otherwise}}}"


def warnings(folder: Path, text: str) -> list[str]:
    return [f"{each.path}: {each.text}" for each in load(folder, main=text).warnings]


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        (
            (menu("a", "{1: end}", "b"), "b: {kind: say, prompt: hello, next: a}"),
            ["main.yaml:4: nodes.a: an endless loop: a caller who presses nothing goes round"
             " a → b → a for ever"],
        ),
        ((menu("a", "{1: end}", "a"),),
            ["main.yaml:4: nodes.a: an endless loop: a caller who presses nothing goes round"
             " a → a for ever"]),
        ((menu("a", "{1: a}"),), []),  # a key leads around, silence leads out
        (
            ("a: {kind: queue, queue: sales, comfort: hello, otherwise: b}",
             "b: {kind: say, prompt: hello, next: a}"),
            [],  # who waits again may be served the next time
        ),
        (
            ("a: {kind: branch, cases: [{when: customer.vip, then: b}], otherwise: end}",
             "b: {kind: say, prompt: hello, next: a}"),
            [],  # the condition may lead out
        ),
        (
            ("a: {kind: say, prompt: hello, next: a}",),
            ["main.yaml:4: nodes.a: a dead end: from here the flow can never end;"
             " lead somewhere to `end`"],  # told once
        ),
    ],
)  # fmt: skip
def test_loops_that_a_silent_caller_never_leaves(
    tmp_path: Path, nodes: tuple[str, ...], said: list[str]
) -> None:
    assert mistakes(tmp_path, main=written(*nodes)) == said


def test_two_loops_are_two_mistakes(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        main=written(
            menu("a", "{1: b, 2: end}", "a"), menu("b", "{1: end}", "c"), menu("c", "{1: end}", "b")
        ),
    )  # fmt: skip
    assert [line.rsplit("round ", 1)[1] for line in said] == [
        "a → a for ever",
        "b → c → b for ever",
    ]


def test_the_fourth_menu_in_a_row_is_one_too_many(tmp_path: Path) -> None:
    nodes = [menu(name, f"{{1: {after}}}") for name, after in ("ab", "bc", "cd", "de")]
    text = written(*nodes, "e: {kind: hang_up}")
    assert warnings(tmp_path, text) == [
        "nodes.d: the caller has come through 3 menus; callers bear 3 in all"
    ]


def test_the_shortest_way_counts(tmp_path: Path) -> None:
    nodes = [menu(name, f"{{1: {after}, 2: d}}") for name, after in ("ab", "bc", "cd")]
    assert warnings(tmp_path, written(*nodes, menu("d", "{1: end}"))) == []


def test_eight_choices_are_one_too_many(tmp_path: Path) -> None:
    choices = "{" + ", ".join(f"{key}: end" for key in range(1, 9)) + "}"
    assert warnings(tmp_path, written(menu("a", choices))) == [
        "nodes.a.choices: 8 choices; callers remember 7 at most"
    ]
    assert warnings(tmp_path, written(menu("a", choices.replace("8: end", "")))) == []


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("", ["nodes.a: the caller waits without a word; give a `comfort:` prompt"]),
        (
            ", comfort: hello, comfort_every_s: 130",
            ["nodes.a.comfort_every_s: the caller waits longer than 120 s without a word"],
        ),
        (", comfort: hello, comfort_every_s: 120", []),
    ],
)
def test_who_waits_hears_a_word_every_two_minutes(
    tmp_path: Path, rest: str, said: list[str]
) -> None:
    node = f"a: {{kind: queue, queue: sales, otherwise: end{rest}}}"
    assert warnings(tmp_path, written(node)) == said
