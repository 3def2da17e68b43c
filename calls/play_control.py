"""What others than the caller do with what a caller hears: pause it, move about in it, change its
volume. For prompts and messages; what has no end, such as music, is let be.
"""

from enum import StrEnum
from typing import assert_never

from calls.call import Call
from calls.problems import Refused


class PlayWish(StrEnum):
    """`SEEK` to so many seconds from the beginning, `SKIP` so many on or (less than 0) back."""

    PAUSE = "pause"
    RESUME = "resume"
    SEEK = "seek"
    SKIP = "skip"
    VOLUME = "volume"


def control(call: Call, wish: PlayWish, amount: float = 0.0) -> None:
    """Do it at once.

    Args:
        amount: seconds of `SEEK` and `SKIP`; decibels of `VOLUME`, against how it was recorded.

    Raises:
        Refused: nothing plays.
    """
    playing = call.playing
    if not playing.plays:
        raise Refused("nothing plays to the caller that could be moved about in")
    match wish:
        case PlayWish.PAUSE | PlayWish.RESUME:
            playing.pause(wish is PlayWish.PAUSE)
        case PlayWish.SEEK:
            playing.seek(amount)
        case PlayWish.SKIP:
            playing.skip(amount)
        case PlayWish.VOLUME:
            playing.set_volume(amount)
        case _:
            assert_never(wish)
