"""Free ports for the programs that a test starts.

They come from below the range that the kernel hands out by itself, starting at a random place, so
that two test processes seldom look at the same ones; who binds late must be ready to fail.
"""

import random
import socket
from contextlib import ExitStack
from typing import Final

LOOPBACK: Final = "127.0.0.1"
FIRST: Final = 10_000
LAST: Final = 31_999
RESERVED: Final = frozenset({5060, 5061, 6000, 8080})

TRIES: Final = 1000

_handed_out: list[range] = []
"""Oldest first."""


def _is_free(port: int, address: str) -> bool:
    with ExitStack() as sockets:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            probe = sockets.enter_context(socket.socket(socket.AF_INET, kind))
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free_ports(count: int = 1, *, address: str = LOOPBACK) -> int:
    """The first, even one of `count` neighbours that are free and were not handed out before."""
    while (first := _search(count, address)) is None:
        assert _handed_out, f"no {count} neighbouring free ports between {FIRST} and {LAST}"
        del _handed_out[: 1 + len(_handed_out) // 2]  # of tests that are over, in a long run
    _handed_out.append(range(first, first + count))
    return first


def _search(count: int, address: str) -> int | None:
    taken = RESERVED.union(*_handed_out)
    for _ in range(TRIES):
        first = random.randrange(FIRST, LAST - count, 2)
        block = range(first, first + count)
        if taken.isdisjoint(block) and all(_is_free(port, address) for port in block):
            return first
    return None


def give_back(first: int, count: int) -> None:
    """Ports that nobody uses any more."""
    block = range(first, first + count)
    if block in _handed_out:
        _handed_out.remove(block)
