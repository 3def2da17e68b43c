"""secure: keys that are heard, recorded and written nowhere, and used only where that holds."""

from pathlib import Path

import pytest

from ivr.caller import CallerGone, RecordingWish
from ivr.nodes.secure import Secure
from tests.ivr.fake_caller import HANG_UP, FakeCaller
from tests.ivr.flow_files import load, mistakes

CARD = "4111111111111111"
FLOW = """\
languages: [en]
start: card
nodes:
  card: {kind: secure, prompt: hello, into: card, max_digits: 19, luhn: true, next: pay, otherwise: bye}
  pay:
    kind: http
    method: POST
    url: https://pay.example/charge
    body: {card: "{{ card }}"}
    next: kind_of
    failed: bye
  kind_of: {kind: branch, cases: [{when: card.startswith("4"), then: bye}], otherwise: bye}
  bye: {kind: hang_up, prompt: bye}
"""  # noqa: E501


def secure(folder: Path) -> Secure:
    found = load(folder, main=FLOW).current["main"].nodes["card"]
    assert isinstance(found, Secure)
    return found


async def test_the_recording_is_silent_meanwhile_and_the_variable_secret(tmp_path: Path) -> None:
    caller = FakeCaller(f"{CARD}#")
    assert (await secure(tmp_path).run(caller)).outcome == "next"
    assert caller.variables["card"] == CARD
    assert caller.secrets == {"card"}
    assert caller.did == ["recording pause", "recording resume"]


async def test_what_is_not_recorded_is_not_resumed(tmp_path: Path) -> None:
    caller = FakeCaller(f"{CARD}#")
    caller.unwished = {RecordingWish.PAUSE}
    await secure(tmp_path).run(caller)
    assert "recording resume" not in caller.did


async def test_a_caller_who_hangs_up_is_gone(tmp_path: Path) -> None:
    caller = FakeCaller(HANG_UP)
    with pytest.raises(CallerGone):
        await secure(tmp_path).run(caller)


BYE = "bye: {kind: hang_up, prompt: bye}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://pay.example/charge", "https://pay.example/{{ card }}"),
        ("    next: kind_of\n", '    query: {c: "{{ card }}"}\n    next: kind_of\n'),
        (BYE, 'bye: {kind: set, values: {x: "{{ card }}"}, next: end}'),
        (BYE, 'bye: {kind: log, event: paid, values: {x: "{{ card }}"}, next: end}'),
        (BYE, 'bye: {kind: say, prompt: [{digits: "{{ card }}"}], next: end}'),
    ],
    ids=["address", "query", "copied", "logged", "said"],
)
def test_it_cannot_leak(tmp_path: Path, old: str, new: str) -> None:
    assert not mistakes(tmp_path, main=FLOW)
    found = mistakes(tmp_path, main=FLOW.replace(old, new))
    assert any("'card' is secret" in line for line in found), found
