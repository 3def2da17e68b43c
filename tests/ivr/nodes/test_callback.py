"""callback: the number is confirmed or keyed in, and the caller is called later."""

from typing import Any

import pytest

from ivr.caller import CallBackOutcome, QueueRequest
from ivr.nodes.callback import Callback
from tests.ivr.fake_caller import FakeCaller

DIGITS = [f"part_{digit}" for digit in "0811"]


def node(**changes: Any) -> Callback:
    return Callback.model_validate(
        {
            "queue": "support",
            "number_is": "number_is",
            "confirm": "confirm",
            "enter": "enter",
            "next": "done",
            "otherwise": "sorry",
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("number", "keys", "left", "did"),
    [
        ("0811", ["1"], ("next", "done"), ["call back 0811 support"]),
        ("+62811", ["1"], ("next", "done"), ["call back 62811 support"]),
        ("0811", ["2", "0822#", "1"], ("next", "done"), ["call back 0822 support"]),
        ("anonymous", ["0833#", "1"], ("next", "done"), ["call back 0833 support"]),
        ("0811", ["7", "", "9"], ("no_input", "sorry"), []),
        ("", ["1#", "", ""], ("no_input", "sorry"), []),
    ],
)
async def test_the_number(
    number: str, keys: list[str], left: tuple[str, str], did: list[str]
) -> None:
    caller = FakeCaller(*keys, caller={"number": number}, language="en")
    exit_ = await node().run(caller)
    assert (exit_.outcome, exit_.target) == left
    assert caller.did == did


async def test_the_number_is_said_digit_by_digit() -> None:
    caller = FakeCaller("1", caller={"number": "0811"}, language="en")
    await node(first="customer").run(caller)
    assert caller.heard == ["number_is", *DIGITS, "confirm"]
    assert caller.did == ["call back 0811 support customer"]


@pytest.mark.parametrize(
    ("outcome", "changes", "left"),
    [
        (CallBackOutcome.DUPLICATE, {}, ("duplicate", "done")),
        (CallBackOutcome.DUPLICATE, {"duplicate": "known"}, ("duplicate", "known")),
        (CallBackOutcome.REFUSED, {}, ("refused", "sorry")),
    ],
)
async def test_what_becomes_of_the_wish(
    outcome: CallBackOutcome, changes: dict[str, Any], left: tuple[str, str]
) -> None:
    caller = FakeCaller("1", caller={"number": "0811"}, language="en")
    caller.callback = outcome
    exit_ = await node(**changes).run(caller)
    assert (exit_.outcome, exit_.target) == left


async def test_everything_that_can_be_asked_for() -> None:
    asked = {
        "skills": {"billing": 3},
        "any_of": [{"visa": 3}, {"cards": 5, "visa": 1}],
        "languages": ["{{ language }}", "id"],
        "tiers": [2, 3],
        "sites": ["north", "*"],
        "customer_type": "{{ customer.type }}",
        "excluded": ["101", "{{ customer.complained_about }}"],
        "priority": "{{ 5 if customer.type == 'gold' else 0 }}",
    }
    customer = {"type": "gold", "complained_about": ""}
    caller = FakeCaller("1", caller={"number": "0811"}, customer=customer, language="en")
    await node(**asked).run(caller)
    assert caller.wishes == [
        QueueRequest(
            "support",
            {"billing": 3},
            ("en", "id"),
            5,
            any_of=({"visa": 3}, {"cards": 5, "visa": 1}),
            tiers=(2, 3),
            sites=("north", "*"),
            customer_type="gold",
            excluded=("101",),
        )
    ]
