"""A coverage-guided fuzzer of the SIP parser, of the whole stack's input, and of SDP.

    python -m tests.sip.fuzz [--seconds 300] [--seed 1] [--target parser|stack|stream|websocket|sdp]

It mutates messages, keeps those that reach lines which none before did, and stops at the
first input that breaks a promise: it prints the input as Python bytes, to paste into a test. The
promises stand in `tests/sip/fuzz_targets.py`. Time is virtual: transactions end as they do in life.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any, Final

import media.sdp
import sip
from tests.sip.fuzz_targets import TARGETS
from tests.virtual_time import run as in_time

FOLDERS: Final = tuple(str(Path(room.__path__[0])) for room in (sip, media.sdp))
"""Whose lines count."""
INPUTS_A_STEP: Final = 16
STEP_S: Final = 4.0
"""Of virtual time: in 128 inputs the longest timer of a transaction runs out."""

WORDS: Final = (
    *(b"\r\n", b"\r\n ", b"\r\n\r\n", b"\n\n", b"\0", b"\xff\xfe", b"%00", b"%", b'"', b"\\", b"<"),
    *(b">", b";", b",", b":", b"@", b"=", b"[::1]", b"4294967296", b"-1", b"tag=x", b"rport"),
    *(b"tel:+1", b"sips:", b"Require: x\r\n", b"Content-Length: 99999\r\n", b"lr", b"\xc3\xa9"),
    *(
        b"m=audio 0 RTP/AVP 0\r\n",
        b"a=rtpmap:",
        b"a=inactive\r\n",
        b"IN IP6 ::",
        b"65536",
        b"UDP/TLS/",
    ),
)


class Broken(Exception):
    """An input broke a promise."""


@dataclass
class Corpus:
    """Inputs worth mutating, and the lines that all of them have reached."""

    rng: Random
    inputs: list[bytes]
    lines: set[tuple[CodeType, int]] = field(default_factory=set)

    def mutated(self) -> bytes:
        data = bytearray(self.rng.choice(self.inputs))
        for _ in range(self.rng.randint(1, 6)):
            self._mutate(data)
        return bytes(data[:8000])

    def _mutate(self, data: bytearray) -> None:
        rng = self.rng
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64)))
        match rng.randrange(6):
            case 0:
                data[at:end] = bytes(rng.randrange(256) for _ in range(end - at))
            case 1:
                del data[at:end]
            case 2:
                data[at:at] = data[at:end] * rng.choice((1, 2, 50))
            case 3:
                data[at:at] = rng.choice(WORDS)
            case 4:
                data[at:end] = rng.choice(WORDS)
            case _:
                other = rng.choice(self.inputs)
                cut = rng.randrange(len(other) + 1)
                data[at:] = other[cut:]


async def fuzz(
    target: Callable[[bytes], None],
    seeds: Sequence[bytes],
    rng: Random,
    goes_on: Callable[[int], bool],
) -> Corpus:
    """Try inputs while `goes_on(how many so far)`.

    Raises:
        Broken: with the input that did it.
    """
    corpus, tried = Corpus(rng, list(seeds)), 0
    for data in seeds:
        _reached(target, data, corpus.lines)
    while goes_on(tried):
        data = corpus.mutated()
        tried += 1
        before = len(corpus.lines)
        try:
            _reached(target, data, corpus.lines)
        except Exception as error:
            raise Broken(f"{data!r}: {error!r}") from error
        if len(corpus.lines) > before:
            corpus.inputs.append(data)
        if tried % INPUTS_A_STEP == 0:
            await asyncio.sleep(STEP_S)
    return corpus


def _reached(
    target: Callable[[bytes], None], data: bytes, lines: set[tuple[CodeType, int]]
) -> None:
    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        lines.add((frame.f_code, frame.f_lineno))
        return on_line

    def on_call(frame: FrameType, event: str, _: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(FOLDERS) else None

    sys.settrace(on_call)
    try:
        target(data)
    finally:
        sys.settrace(None)


async def run(name: str, seed: int, goes_on: Callable[[int], bool]) -> Corpus:
    async with TARGETS[name](Random(seed)) as (target, seeds):
        return await fuzz(target, seeds, Random(seed), goes_on)


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--seconds", type=float, default=300.0)
    parse.add_argument("--seed", type=int, default=None)
    parse.add_argument("--target", choices=sorted(TARGETS), default=None, help="all of them")
    given = parse.parse_args()
    names = (given.target,) if given.target else tuple(TARGETS)
    seed = Random().randrange(2**32) if given.seed is None else given.seed
    for name in names:
        end = time.monotonic() + given.seconds / len(names)
        tried = 0

        def goes_on(count: int, end: float = end) -> bool:
            nonlocal tried
            tried = count
            return time.monotonic() < end

        try:
            corpus = in_time(run(name, seed, goes_on))
        except Broken as broken:
            raise SystemExit(f"{name}, seed {seed}, after {tried} inputs: {broken}") from broken
        print(f"{name}: {tried} inputs, {len(corpus.lines)} lines, {len(corpus.inputs)} kept")


if __name__ == "__main__":
    main()
