"""language: prompts and conditions both learn of it."""

import pytest
from pydantic import ValidationError

from ivr.nodes.language import Language
from tests.ivr.fake_caller import FakeCaller


async def test_the_call_speaks_it_from_here_on() -> None:
    caller = FakeCaller()
    left = await Language.model_validate({"language": "id", "next": "n"}).run(caller)
    assert (caller.language, caller.variables["language"]) == ("id", "id")
    assert (left.outcome, left.target) == ("next", "n")


def test_a_name_is_no_language_tag() -> None:
    with pytest.raises(ValidationError, match="a language tag such as"):
        Language.model_validate({"language": "Indonesian!", "next": "n"})
