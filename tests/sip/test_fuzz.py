"""A short run of the fuzzer; `make fuzz` is the long one."""

from random import Random

import pytest

from tests.sip.fuzz import SEEDS, Broken, fuzz, run


@pytest.mark.parametrize(("target", "count"), [("parser", 1500), ("stack", 800)])
async def test_nothing_breaks_a_promise(target: str, count: int) -> None:
    corpus = await run(target, 1, lambda tried: tried < count)
    assert len(corpus.inputs) > len(SEEDS)  # the coverage guides it


async def test_a_broken_promise_is_found_and_shown() -> None:
    def dislikes_at_signs(data: bytes) -> None:
        assert data in SEEDS or b"@@" not in data

    with pytest.raises(Broken, match="AssertionError"):
        await fuzz(dislikes_at_signs, Random(1), lambda tried: tried < 20_000)
