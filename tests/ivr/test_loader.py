"""Loading flows: every mistake has its line, says what would be right, and none hides another."""

from pathlib import Path

import pytest

from ivr.loader import FlowErrors
from tests.ivr.flow_files import load, mistakes

RIGHT = """\
languages: [en, es]
start: hi
nodes:
  hi: {kind: say, prompt: hello, next: ask}
  ask:
    kind: menu
    prompt: menu
    choices: {1: pay, 2: end}
    otherwise: bye
  pay: {kind: queue, queue: billing, next: bye, otherwise: bye}
  bye: {kind: hang_up, prompt: bye}
"""


def test_a_right_flow_loads(tmp_path: Path) -> None:
    flows = load(tmp_path, main=RIGHT)
    flow = flows.current["main"]
    assert list(flows) == ["main"]
    assert (flow.name, flow.start, flow.languages) == ("main", "hi", ("en", "es"))
    assert sorted(flow.nodes) == ["ask", "bye", "hi", "pay"]
    assert flow.on_error is None


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    first = load(tmp_path, main=RIGHT).current["main"].version
    assert load(tmp_path, main=RIGHT).current["main"].version == first
    assert load(tmp_path, main=RIGHT + "# changed\n").current["main"].version != first


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("next: ask}", "nxt: ask}", "4: nodes.hi.nxt: unknown field; did you mean 'next'?"),
        ("next: ask}", "nxt: ask}", "4: nodes.hi.next: missing; write `next: …`"),
        (
            "kind: menu",
            "kind: menue",
            "6: nodes.ask.kind: unknown kind of node 'menue'; did you mean 'menu'?",
        ),
        ("kind: say, ", "", "4: nodes.hi: no `kind:`; write one of answer, authenticate, branch, "),
        ("start: hi", "start: hii", "2: start: there is no node 'hii'; did you mean 'hi'?"),
        (
            "2: end}",
            "2: ned}",
            "8: nodes.ask.choices.2: there is no node 'ned'; did you mean 'end'?",
        ),
        ("1: pay", "a: pay", "8: nodes.ask.choices.a: should be '0', '1'"),
        (
            "prompt: menu",
            "prompt: menus",
            "7: nodes.ask.prompt.0: prompt 'menus' of node 'ask' in flow 'main'"
            " does not exist in en, es; did you mean 'menu'?",
        ),
        (
            "prompt: menu",
            "prompt: sorry",
            "7: nodes.ask.prompt.0: prompt 'sorry' of node 'ask' in flow 'main'"
            " does not exist in es",
        ),
        (
            "prompt: menu",
            "prompt: sorry@es",
            "7: nodes.ask.prompt.0: prompt 'sorry' of node 'ask' in flow 'main'"
            " does not exist in es",
        ),
        (
            "queue: billing",
            "queue: bilings",
            "10: nodes.pay.queue: there is no queue 'bilings'; did you mean 'billing'?",
        ),
        (
            "queue: billing",
            "queue: billing, priority: '{{ 1 + }}'",
            "10: nodes.pay.priority: the expression '1 +' cannot be used: ",
        ),
        (
            "queue: billing",
            "queue: billing, priority: '{{ custmer.vip }}'",
            "10: nodes.pay.priority: there is no variable 'custmer'; did you mean 'customer'?",
        ),
        (
            "queue: billing",
            "queue: billing, priority: [1]",
            "10: nodes.pay.priority: should be a whole number, or should be text",
        ),
        (
            "queue: billing",
            "queue: billing, skills: {a: 11}",
            "10: nodes.pay.skills.a: should be less than or equal to 10; this is 11",
        ),
        (
            "queue: billing",
            "queue: billing, flowed_out: {timout: bye}",
            "10: nodes.pay.flowed_out.timout: should be 'timeout', 'full'",
        ),
        (
            "    otherwise: bye\n",
            "",
            "5: nodes.ask: nothing follows a caller who gives no useful answer; write `otherwise:`",
        ),
        (
            "languages: [en, es]",
            "languages: [english please]",
            "1: languages.0: 'english please' cannot be used here; write a language tag",
        ),
        (
            "languages: [en, es]",
            "language: [en, es]",
            "1: language: unknown field; did you mean 'languages'?",
        ),
        ("languages: [en, es]\n", "", "1: languages: missing; write `languages: …`"),
        ("next: ask}", "next: hi}", "5: nodes.ask: no node leads here; remove it"),
        ("next: ask}", "next: hi}", "4: nodes.hi: a dead end: from here the flow can never end"),
        ("  bye:", "  end:", "11: nodes.end: 'end' is the word that ends a flow"),
        ("  bye:", "  hi:", "11: nodes.hi: given twice, first on line 4"),
        ("kind: say", "kind: [say", "4: not YAML: "),
        ("nodes:\n", "nodes: {}\nnodules:\n", "3: nodes: should have at least 1 of them, not 0"),
        (
            "{kind: hang_up, prompt: bye}",
            "gone",
            "11: nodes.bye: should be a mapping; this is 'gone'",
        ),
        (
            "prompt: bye",
            "prompt: bye, cause: angry",
            "11: nodes.bye.cause: should be 'normal', 'busy'",
        ),
    ],
)
def test_each_mistake_has_its_line_and_its_cure(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in RIGHT
    found = mistakes(tmp_path, main=RIGHT.replace(old, new, 1))
    assert any(line.startswith(f"main.yaml:{said}") for line in found), found


def test_all_mistakes_of_all_files_are_told_at_once_and_in_order(tmp_path: Path) -> None:
    wrong = (
        RIGHT.replace("languages", "langages")
        .replace("kind: say", "kind: sya")
        .replace("2: end", "2: ned")
        .replace("queue: billing", "queue: bilings")
    )
    found = mistakes(tmp_path, main=wrong, other="nodes: [", third="- a\n- b\n")
    assert [line.split(": ")[0] for line in found] == [
        "main.yaml:1",
        "main.yaml:1",
        "main.yaml:4",
        "main.yaml:8",
        "main.yaml:10",
        "other.yaml:1" if "other.yaml:1" in found[5] else "other.yaml:2",
        "third.yaml:1",
    ]


def test_one_broken_node_does_not_make_its_neighbours_wrong(tmp_path: Path) -> None:
    found = mistakes(tmp_path, main=RIGHT.replace("prompt: bye", "promt: bye"))
    assert found == ["main.yaml:11: nodes.bye.promt: unknown field; did you mean 'prompt'?"]


def test_a_language_outside_of_the_flow_is_refused(tmp_path: Path) -> None:
    text = RIGHT.replace("{kind: say, prompt: hello,", "{kind: language, language: de,")
    found = mistakes(tmp_path, main=text)
    assert found == [
        "main.yaml:4: nodes.hi.language: there is no language of this flow 'de'; known are en, es"
    ]


def test_what_belongs_to_the_call_cannot_be_set(tmp_path: Path) -> None:
    text = RIGHT.replace("{kind: say, prompt: hello,", "{kind: set, values: {customer: x},")
    found = mistakes(tmp_path, main=text)
    assert len(found) == 1
    assert "nodes.hi.values.customer: 'customer' belongs to the call" in found[0]


def test_a_variable_set_in_another_flow_is_known(tmp_path: Path) -> None:
    sub = "languages: [en]\nstart: a\nnodes:\n  a: {kind: set, values: {mood: 3}, next: end}\n"
    text = RIGHT.replace("hi: {kind: say, prompt: hello,", "hi: {kind: flow, flow: sub,").replace(
        "next: bye", "priority: '{{ mood }}', next: bye"
    )
    assert mistakes(tmp_path, main=text, sub=sub) == []
    found = mistakes(tmp_path, main=text.replace("flow: sub", "flow: suv"), sub=sub)
    assert found == ["main.yaml:4: nodes.hi.flow: there is no flow 'suv'; did you mean 'sub'?"]


def test_only_the_flows_that_are_used_must_be_right(tmp_path: Path) -> None:
    enters = RIGHT.replace("hi: {kind: say, prompt: hello,", "hi: {kind: flow, flow: sub,")
    sub = RIGHT.replace("queue: billing", "queue: unknown")
    spare = "nodes: ["
    assert set(load(tmp_path, only={"main"}, main=RIGHT, sub=sub, spare=spare)) == {"main"}
    assert set(load(tmp_path, only=(), main=RIGHT, sub=sub, spare=spare)) == set()
    with pytest.raises(FlowErrors, match=r"sub\.yaml:10") as caught:
        load(tmp_path, only={"main"}, main=enters)
    assert len(caught.value.mistakes) == 1


def test_music_is_checked_when_it_is_known(tmp_path: Path) -> None:
    text = RIGHT.replace("queue: billing", "queue: billing, music: jazz")
    assert "main" in load(tmp_path, main=text)
    assert "main" in load(tmp_path, main=text, music={"jazz"})
    with pytest.raises(FlowErrors, match="there is no music 'jazz'; known are waltz"):
        load(tmp_path, main=text, music={"waltz"})


def test_an_empty_or_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FlowErrors, match="holds no flows"):
        load(tmp_path)
    with pytest.raises(FlowErrors, match="cannot be read: No such file"):
        load(tmp_path / "nowhere")


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FlowErrors, match=r"main\.yaml:1: cannot be read as UTF-8"):
        load(tmp_path)
