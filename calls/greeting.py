"""Between picking up and the caller: an agent hears whom they get, and may have to accept."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from acd.effects import RingAgent
from calls.leg import Leg
from calls.sounds import SoundBook
from ivr.grammar.rules import rules_for
from media.sounds import Sound

_MINUTES_FROM_S: Final = 120.0
"""From here on waits are told in minutes."""

PROMPTS: Final = (
    "whisper_waited",
    "whisper_seconds",
    "whisper_minutes",
    "accept_by_pressing",
    "whisper_colleague",
)
"""What is said here whatever the configuration, for the check that every prompt exists. Beside
them are `queue_<name>` and `language_<tag>`, left out where there is no such prompt."""


class Greeting:
    """Of one picked-up leg. Exactly one of its two ends is told, unless it is `stop`ped."""

    def __init__(
        self,
        leg: Leg,
        sounds: Sequence[Sound],
        key: str | None,
        *,
        accepted: Callable[[], None],
        ignored: Callable[[], None],
    ) -> None:
        """`key`: what must be pressed; with None, hearing it to the end is enough."""
        self._leg = leg
        self._sounds = sounds
        self._key = key
        self._accepted = accepted
        self._ignored = ignored
        self._limit: asyncio.TimerHandle | None = None
        self._playback = 0

    def start(self, within_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._limit = loop.call_later(within_s, self._time_is_over)
        if self._sounds:
            self._playback = self._leg.media.play(self._sounds)
        elif self._key is None:
            self._end(self._accepted)

    def stop(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def pressed(self, key: str) -> None:
        if key == self._key:
            self._end(self._accepted)

    def played(self, playback: int) -> None:
        if playback == self._playback and self._key is None:
            self._end(self._accepted)

    def _time_is_over(self) -> None:
        self._end(self._accepted if self._key is None else self._ignored)

    def _end(self, tell: Callable[[], None]) -> None:
        if self._limit is None:
            return
        self.stop()
        self._leg.media.stop()
        tell()


def words_of(
    ring: RingAgent,
    key: str | None,
    has: Callable[[str], bool],
    tongue: str,
    *,
    escalated: bool = False,
) -> list[str]:
    """Names of the prompts: what the queue whispers about the call, and which key accepts it.

    Args:
        has: whether a prompt is there.
        tongue: the agent's language.
        escalated: a colleague has spoken with the caller and sent them up.
    """
    names: list[str] = []
    for part in ring.whisper:
        match part:
            case "queue":
                names += filter(has, [f"queue_{ring.queue}"])
            case "language":
                names += filter(has, [f"language_{ring.language}"])
            case "colleague" if escalated:
                names.append("whisper_colleague")
            case "wait":
                names += _wait(ring.waited_s, tongue)
    if key is not None:
        names += ["accept_by_pressing", *_number(int(key), tongue)]
    return names


def sounds_of(
    ring: RingAgent, key: str | None, book: SoundBook, tongue: str, *, escalated: bool
) -> list[Sound]:
    words = words_of(ring, key, lambda name: book.has(name, tongue), tongue, escalated=escalated)
    return book.all(words, tongue)


def _wait(waited_s: float, tongue: str) -> list[str]:
    if waited_s < _MINUTES_FROM_S:
        return ["whisper_waited", *_number(round(waited_s), tongue), "whisper_seconds"]
    return ["whisper_waited", *_number(round(waited_s / 60), tongue), "whisper_minutes"]


def _number(number: int, tongue: str) -> list[str]:
    rules = rules_for(tongue)
    return [f"part_{word}" for word in rules.number(number)] if rules is not None else []
