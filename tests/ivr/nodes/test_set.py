"""set: values, plain and computed, one after the other."""

import pytest
from pydantic import ValidationError

from ivr.expressions import ExpressionError
from ivr.nodes.set import Set
from tests.ivr.fake_caller import FakeCaller


async def test_values_keep_their_type_and_see_the_earlier_ones() -> None:
    node = Set.model_validate(
        {
            "values": {
                "plain": "billing",
                "number": 3,
                "truth": True,
                "nothing": None,
                "sum": "{{ number + 1 }}",
                "text": "{{ plain }} {{ sum }}",
            },
            "next": "n",
        }
    )
    caller = FakeCaller()
    left = await node.run(caller)
    assert (left.outcome, left.target) == ("next", "n")
    del caller.variables["customer"]
    assert caller.variables == {
        "plain": "billing",
        "number": 3,
        "truth": True,
        "nothing": None,
        "sum": 4,
        "text": "billing 4",
    }


async def test_a_value_cannot_grow_without_end() -> None:
    node = Set.model_validate({"values": {"x": "{{ x }}{{ x }}"}, "next": "n"})
    caller = FakeCaller(x="a" * 2000)
    await node.run(caller)
    with pytest.raises(ExpressionError, match="longer than"):
        await node.run(caller)
    assert len(caller.variables["x"]) == 4000


@pytest.mark.parametrize("name", ["self", "in", "Name", "a b", "__class__", "1st", ""])
def test_a_variable_that_no_expression_could_read_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Set.model_validate({"values": {name: 1}, "next": "n"})
