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

_handed_out: set[int] = set()


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
    for _ in range(1000):
        first = random.randrange(FIRST, LAST - count, 2)
        block = set(range(first, first + count))
        if block & (_handed_out | RESERVED):
            continue
        if all(_is_free(port, address) for port in block):
            _handed_out.update(block)
            return first
    raise AssertionError(f"no {count} neighbouring free ports between {FIRST} and {LAST}")


def give_back(first: int, count: int) -> None:
    """Ports that nobody uses any more: a long run of tests would hand out all there are."""
    _handed_out.difference_update(range(first, first + count))
