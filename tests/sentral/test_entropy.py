"""Randomness by the block is still randomness: in range, never the same piece twice."""

import pytest

from sentral.entropy import BlockRandom


@pytest.mark.parametrize("bits", [1, 7, 8, 53, 64, 96, 1000])
def test_every_bit_is_drawn(bits: int) -> None:
    rng = BlockRandom()
    drawn = [rng.getrandbits(bits) for _ in range(400)]
    assert max(drawn) < 2**bits
    ones = zeros = 0
    for number in drawn:
        ones |= number
        zeros |= ~number
    assert ones == 2**bits - 1
    assert zeros & (2**bits - 1) == 2**bits - 1


def test_no_piece_is_given_twice() -> None:
    rng = BlockRandom()
    pieces = [rng.randbytes(16) for _ in range(2000)]  # several blocks
    assert len(set(pieces)) == len(pieces)
    assert len(rng.randbytes(10_000)) == 10_000
    assert set(pieces).isdisjoint(BlockRandom().randbytes(16) for _ in range(500))


def test_what_is_built_on_it_keeps_its_range() -> None:
    rng = BlockRandom()
    assert {rng.randint(0, 10) for _ in range(500)} == set(range(11))
    floats = [rng.random() for _ in range(500)]
    assert 0 <= min(floats) < 0.1
    assert 0.9 < max(floats) < 1
