"""Free ports for the programs that a test starts.

They come from below the range that the kernel hands out by itself. Most are bound long after they
were chosen (a centre opens its RTP ports call by call), so a port is locked for its process: test
processes side by side never get the same one, and who dies gives theirs back.
"""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import ClassVar, Final

LOOPBACK: Final = "127.0.0.1"
FIRST: Final = 10_000
LAST: Final = 31_999
RESERVED: Final = frozenset({5060, 5061, 6000, 8080})

TRIES: Final = 1000
"""At random places; then every place is looked at."""

LOCKS: Final = Path(tempfile.gettempdir()) / f"sentral-test-ports-{os.getuid()}"
"""An empty file whose byte N stands for port N; whoever uses a port holds a lock on its byte."""

_handed_out: set[range] = set()
_locks: list[int] = []
"""The descriptor by which this process locks: closing any other of the file would lose them all."""


def _is_free(port: int, address: str) -> bool:
    with ExitStack() as sockets:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            probe = sockets.enter_context(socket.socket(socket.AF_INET, kind))
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def _locking() -> int:
    if not _locks:
        _locks.append(os.open(LOCKS, os.O_RDWR | os.O_CREAT, 0o600))
    return _locks[0]


def _lock(block: range) -> bool:
    """Whether no other process holds one of them."""
    try:
        fcntl.lockf(_locking(), fcntl.LOCK_EX | fcntl.LOCK_NB, len(block), block.start)
    except OSError:
        return False
    return True


def _unlock(block: range) -> None:
    fcntl.lockf(_locking(), fcntl.LOCK_UN, len(block), block.start)


def free_ports(count: int = 1, *, address: str = LOOPBACK) -> int:
    """The first, even one of `count` neighbours that are free and were not handed out before."""
    first = _search(count, address)
    assert first is not None, f"no {count} neighbouring free ports between {FIRST} and {LAST}"
    _handed_out.add(range(first, first + count))
    return first


def _search(count: int, address: str) -> int | None:
    taken = RESERVED.union(*_handed_out)
    anywhere = (random.randrange(FIRST, LAST - count, 2) for _ in range(TRIES))
    for first in chain(anywhere, range(FIRST, LAST - count, 2)):
        block = range(first, first + count)
        if not taken.isdisjoint(block) or not _lock(block):
            continue
        if all(_is_free(port, address) for port in block):
            return first
        _unlock(block)
    return None


class Loan:
    """The ports that are handed out inside its `with`, but for those of loans within."""

    _within: ClassVar[set[range]] = set()
    """Of every loan: each port goes back with the one that took it."""

    def __init__(self) -> None:
        self._before: frozenset[range] = frozenset()
        self._taken: set[range] = set()

    def __enter__(self) -> "Loan":
        self._before = frozenset(_handed_out)
        return self

    def __exit__(self, *_: object) -> None:
        self._taken = _handed_out - self._before - self._within
        self._within.update(self._taken)

    def give_back(self) -> None:
        self._within.difference_update(self._taken)
        for block in self._taken:
            give_back(block.start, len(block))


@contextmanager
def borrowed() -> Iterator[None]:
    """What is handed out meanwhile is given back in the end."""
    loan = Loan()
    try:
        with loan:
            yield
    finally:
        loan.give_back()


def give_back(first: int, count: int) -> None:
    """Ports that nobody uses any more."""
    block = range(first, first + count)
    if block in _handed_out:
        _handed_out.remove(block)
        _unlock(block)
