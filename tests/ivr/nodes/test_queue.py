"""queue: what is asked of the distributor, and where the caller goes afterwards."""

from typing import Any

import pytest

from ivr.caller import FlowedOut, PromptName, QueueRequest, Served, Treatment
from ivr.expressions import ExpressionError
from ivr.node import FlowFault
from ivr.nodes.queue import Queue
from tests.ivr.fake_caller import FakeCaller

FIELDS: dict[str, Any] = {
    "queue": "billing",
    "skills": {"billing": 3},
    "priority": "{{ 5 if customer.vip else 1 }}",
    "comfort": "please_wait",
    "comfort_every_s": 20,
    "next": "survey",
    "flowed_out": {"timeout": "too_long"},
    "otherwise": "sorry",
}
QUEUE = Queue.model_validate(FIELDS)


async def test_the_request_names_skill_language_and_priority() -> None:
    caller = FakeCaller(customer={"vip": True}, language="id")
    left = await QUEUE.run(caller)
    assert caller.requests == [
        (
            QueueRequest("billing", {"billing": 3}, ("id",), 5),
            Treatment(PromptName("music"), PromptName("please_wait"), 20.0),
        )
    ]
    assert (left.outcome, left.target, left.heard) == ("next", "survey", True)


@pytest.mark.parametrize(
    ("reason", "target"), [("timeout", "too_long"), ("full", "sorry"), ("anything", "sorry")]
)
async def test_each_reason_to_leave_has_its_way(reason: str, target: str) -> None:
    left = await QUEUE.run(FakeCaller(queue=[FlowedOut(reason)], language="en"))
    assert (left.outcome, left.target, left.heard) == (reason, target, False)


async def test_several_languages_or_any() -> None:
    wanted = {**FIELDS, "languages": ["{{ language }}", "{{ customer.second }}", "en"]}
    caller = FakeCaller(language="es", queue=[Served(), Served()])
    await Queue.model_validate(wanted).run(caller)
    await Queue.model_validate({**FIELDS, "languages": []}).run(caller)
    assert [request.languages for request, _ in caller.requests] == [("es", "en"), ()]


async def test_a_priority_is_a_number_within_bounds() -> None:
    caller = FakeCaller(language="en", customer={"rank": 10**6})
    await Queue.model_validate({**FIELDS, "priority": "{{ customer.rank }}"}).run(caller)
    assert caller.requests[0][0].priority == 100
    with pytest.raises(FlowFault, match="not a number"):
        await Queue.model_validate({**FIELDS, "priority": "high"}).run(caller)
    with pytest.raises(ExpressionError):
        await Queue.model_validate({**FIELDS, "priority": "{{ 1 // 0 }}"}).run(caller)


async def test_everything_that_can_be_asked_for() -> None:
    asked = {
        "any_of": [{"visa": 3}, {"cards": 5, "visa": 1}],
        "tiers": [2, 3],
        "sites": ["north", "*"],
        "customer_type": "{{ customer.type }}",
        "preferred": "{{ customer.last_agent }}",
        "preferred_s": 15,
        "excluded": ["101", "{{ customer.complained_about }}"],
    }
    customer = {"type": "gold", "last_agent": "104", "complained_about": ""}
    caller = FakeCaller(language="en", customer=customer)
    await Queue.model_validate({**FIELDS, "priority": 0, **asked}).run(caller)
    request, _ = caller.requests[0]
    assert request == QueueRequest(
        "billing",
        {"billing": 3},
        ("en",),
        any_of=({"visa": 3}, {"cards": 5, "visa": 1}),
        tiers=(2, 3),
        sites=("north", "*"),
        customer_type="gold",
        preferred="104",
        preferred_s=15,
        excluded=("101",),
    )
