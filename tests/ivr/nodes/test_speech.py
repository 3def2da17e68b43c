"""speech: words and keys that mean the same, read back before they count."""

from pathlib import Path

import pytest

from ivr.nodes.speech import Speech
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.flow_files import load, mistakes

FLOW = """\
languages: [en, es]
start: topic
operator: {then: desk}
nodes:
  topic:
    kind: speech
    prompt: menu
    beep: true
    into: topic
    answers:
      pay: {say: {en: [billing, my bill], es: [facturas]}, key: 1, then: desk, prompt: hello}
      buy: {say: [sales], key: 2, then: end, prompt: hello}
    confirm: {prompt: bye}
    attempts: 2
    otherwise: desk
  desk: {kind: hang_up, prompt: bye}
"""
OPEN = """\
languages: [en]
start: comment
nodes:
  comment: {kind: speech, prompt: menu, into: said, next: end, otherwise: end}
"""


def speech(folder: Path, text: str = FLOW) -> Speech:
    flow = load(folder, main=text).current["main"]
    found = flow.nodes[flow.start]
    assert isinstance(found, Speech)
    return found


@pytest.mark.parametrize(
    ("does", "outcome", "heard"),
    [
        (["1"], "pay", ["menu"]),
        (["say my bill", "say yes"], "pay", ["menu", "hello", "bye"]),
        (["say sales", "1"], "buy", ["menu", "hello", "bye"]),
        (["say sales", "say no", "2"], "buy", ["menu", "hello", "bye", "menu"]),
        (["say sales", "", "say my bill", "say right"], "pay", ["menu", *["hello", "bye", "menu"]]),
        (["say sails", "say sails"], "no_match", ["menu", "menu"]),
        (["", ""], "no_input", ["menu", "menu"]),
        (["7", "2"], "buy", ["menu", "menu"]),
        (["0"], "operator", ["menu"]),
        (["say facturas", "1"], "pay", ["menu", "menu"]),
    ],
)
async def test_what_callers_answer(
    tmp_path: Path, does: list[str], outcome: str, heard: list[str]
) -> None:
    caller = FakeCaller(*does)
    left = await speech(tmp_path).run(caller)
    assert left.outcome == outcome
    assert caller.heard[: len(heard)] == heard
    assert caller.variables.get("topic") == (outcome if outcome in ("pay", "buy") else None)


async def test_each_language_has_its_words(tmp_path: Path) -> None:
    caller = FakeCaller("say facturas", "say correcto")
    caller.language = "es"
    assert (await speech(tmp_path).run(caller)).outcome == "pay"
    assert "beep" in caller.did


async def test_anything_may_be_said_to_an_open_question(tmp_path: Path) -> None:
    caller = FakeCaller("say it was very friendly")
    assert (await speech(tmp_path, OPEN).run(caller)).outcome == "next"
    assert caller.variables["said"] == "it was very friendly"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key: 2", "key: 1", "two answers have the same key"),
        (", then: end, prompt: hello}", ", then: end}", "needs a `prompt:` in every answer"),
        ("key: 2", "key: x", "key: should be '0', '1'"),
        ("then: end", "then: edn", "there is no node 'edn'; did you mean 'end'?"),
        ("say: [sales]", "say: []", "answers.buy.say"),
        ("    confirm:", "    next: end\n    confirm:", "give `answers:`, or `into:` and `next:`"),
        ("{prompt: bye}\n    att", "{prompt: bye, yes: 2}\n    att", "yes: and no: are the same"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert not mistakes(tmp_path, main=FLOW)
    found = mistakes(tmp_path, main=FLOW.replace(old, new))
    assert any(said in line for line in found), found
