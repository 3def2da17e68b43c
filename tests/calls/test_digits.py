"""Keys pressed ahead are kept; silence and terminators end a read."""

import asyncio

from calls.digits import DigitBuffer
from tests.virtual_time import in_virtual_time


async def read(buffer: DigitBuffer, at_most: int, *, terminator: str = "") -> str:
    return await buffer.read(
        at_most=at_most, first_within_s=5.0, between_s=3.0, terminator=terminator
    )


def typed(keys: str) -> DigitBuffer:
    buffer = DigitBuffer()
    for key in keys:
        buffer.press(key)
    return buffer


async def test_what_was_typed_ahead_is_read_at_once_and_the_rest_is_left() -> None:
    buffer = typed("1234")
    assert await read(buffer, 1) == "1"
    assert await read(buffer, 3) == "234"


async def test_a_terminator_ends_the_read_and_is_taken_away() -> None:
    buffer = typed("12#3")
    assert await read(buffer, 9, terminator="#") == "12"
    assert await read(buffer, 1) == "3"


async def test_a_terminator_after_a_full_number_is_no_new_key() -> None:
    ahead = typed("1234#5")
    assert await read(ahead, 4, terminator="#") == "1234"
    assert await read(ahead, 1) == "5"
    later = typed("1234")
    assert await read(later, 4, terminator="#") == "1234"
    for key in "#56#":
        later.press(key)
    assert await read(later, 3) == "56#"


@in_virtual_time
async def test_a_terminator_much_later_is_a_key() -> None:
    buffer = typed("1234")
    assert await read(buffer, 4, terminator="#") == "1234"
    await asyncio.sleep(4)
    buffer.press("#")
    assert await read(buffer, 1) == "#"


async def test_a_key_wakes_whoever_waits() -> None:
    buffer = DigitBuffer()
    reading = asyncio.ensure_future(read(buffer, 1))
    waiting = asyncio.ensure_future(buffer.any_pressed())
    await asyncio.sleep(0)
    buffer.press("7")
    await waiting
    assert await reading == "7"


async def test_forgotten_keys_are_not_read() -> None:
    buffer = typed("99")
    buffer.forget()
    buffer.press("5")
    assert await read(buffer, 1) == "5"


async def test_a_caller_who_leans_on_the_keypad_fills_nothing() -> None:
    buffer = typed("1" * 10_000 + "#")
    buffer.press("#")
    assert await read(buffer, 64) == "1" * 64
    reading = asyncio.ensure_future(read(buffer, 1))
    await asyncio.sleep(0)
    assert not reading.done()  # nothing beyond the bound was kept
    reading.cancel()
