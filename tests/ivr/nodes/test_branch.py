"""branch: the first condition that holds decides."""

import pytest

from ivr.expressions import ExpressionError
from ivr.nodes.branch import Branch
from tests.ivr.fake_caller import FakeCaller

BRANCH = Branch.model_validate(
    {
        "cases": [
            {"when": "customer.vip and language == 'es'", "then": "a"},
            {"when": "tries | default(0) > 2", "then": "b"},
        ],
        "otherwise": "c",
    }
)


@pytest.mark.parametrize(
    ("vip", "tries", "outcome", "target"),
    [
        (True, 9, "case_1", "a"),
        (False, 3, "case_2", "b"),
        (False, 2, "otherwise", "c"),
        (False, None, "otherwise", "c"),
    ],
)
async def test_the_first_that_holds(
    vip: bool, tries: int | None, outcome: str, target: str
) -> None:
    caller = FakeCaller(customer={"vip": vip}, language="es")
    if tries is not None:
        caller.variables["tries"] = tries
    left = await BRANCH.run(caller)
    assert (left.outcome, left.target) == (outcome, target)


async def test_what_cannot_be_compared_is_an_error_of_the_flow() -> None:
    branch = Branch.model_validate({"cases": [{"when": "name > 3", "then": "a"}], "otherwise": "b"})
    with pytest.raises(ExpressionError):
        await branch.run(FakeCaller(name="Ana"))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (
            ["x > 1", "y", "x  >  1"],
            [(("cases", 2, "when"), "never reached: case 1 has the same condition")],
        ),
        (["true", "x"], [(("cases", 1, "when"), "never reached: case 1 always holds")]),
        (["x", "y"], []),
    ],
)  # fmt: skip
def test_a_case_that_another_hides_is_found(
    conditions: list[str], said: list[tuple[tuple[str | int, ...], str]]
) -> None:
    cases = [{"when": condition, "then": "a"} for condition in conditions]
    branch = Branch.model_validate({"cases": cases, "otherwise": "b"})
    assert list(branch.hidden()) == said
