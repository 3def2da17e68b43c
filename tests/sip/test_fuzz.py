"""A short run of the fuzzer; `make fuzz` is the long one."""

from random import Random

import pytest

from tests.sip.fuzz import Broken, fuzz, run
from tests.sip.fuzz_targets import SEEDS, TARGETS
from tests.virtual_time import in_virtual_time

COUNTS = {"parser": 1500, "stack": 800, "stream": 300, "websocket": 400, "sdp": 600}


@pytest.mark.parametrize("target", TARGETS)
@in_virtual_time
async def test_nothing_breaks_a_promise(target: str) -> None:
    async with TARGETS[target](Random(1)) as (_, seeds):
        begun_with = len(seeds)
    corpus = await run(target, 1, lambda tried: tried < COUNTS[target])
    assert len(corpus.inputs) > begun_with  # the coverage guides it


@in_virtual_time
async def test_a_broken_promise_is_found_and_shown() -> None:
    def dislikes_at_signs(data: bytes) -> None:
        assert data in SEEDS or b"@@" not in data

    with pytest.raises(Broken, match="AssertionError"):
        await fuzz(dislikes_at_signs, SEEDS, Random(1), lambda tried: tried < 20_000)
