"""Pictures, read back by what the standard says of PNG."""

import struct
import zlib

import pytest

from sentral.simulation.canvas import GLYPHS, Canvas

RED = (255, 0, 0)
WHITE = (255, 255, 255)


def read(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of a PNG of 8-bit colours without filters."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, {}
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", png, at + 8 + length)
        assert check == zlib.crc32(kind + data)
        found[kind] = data
        at += 12 + length
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *form = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert form == [8, 2, 0, 0, 0]
    rows = zlib.decompress(found[b"IDAT"])
    stride = 1 + 3 * width
    assert len(rows) == stride * height
    assert set(rows[::stride]) == {0}
    return width, height, [rows[y * stride + 1 : (y + 1) * stride] for y in range(height)]


def test_a_picture_is_what_was_drawn() -> None:
    canvas = Canvas(4, 3)
    canvas.fill(1, 1, 2, 1, RED)
    width, height, rows = read(canvas.png())
    assert (width, height) == (4, 3)
    white = bytes(WHITE)
    assert rows == [white * 4, white + bytes(RED) * 2 + white, white * 4]


def test_nothing_is_drawn_outside() -> None:
    canvas = Canvas(3, 3)
    canvas.fill(-5, -5, 2, 2, RED)
    canvas.fill(3, 0, 9, 9, RED)
    assert {canvas.colour_at(x, y) for x in range(3) for y in range(3)} == {WHITE}
    canvas.fill(2, 2, 9, 9, RED)
    assert canvas.colour_at(2, 2) == RED


def test_a_line_joins_its_points() -> None:
    canvas = Canvas(20, 20)
    canvas.line([(0, 0), (18, 0), (18, 18)], RED)
    for x, y in ((0, 0), (9, 0), (18, 9), (18, 18)):
        assert canvas.colour_at(x, y) == RED
    assert canvas.colour_at(9, 9) == WHITE


def test_letters_are_seen() -> None:
    canvas = Canvas(12, 5)
    canvas.text(0, 0, "l7?", RED, scale=1)
    shown = [
        "".join("#" if canvas.colour_at(x, y) == RED else "." for x in range(7)) for y in range(5)
    ]
    assert shown == ["#...###", "#.....#", "#....#.", "#....#.", "###..#."]


@pytest.mark.parametrize("letter", sorted(GLYPHS))
def test_every_glyph_is_five_rows_of_three_points(letter: str) -> None:
    assert len(GLYPHS[letter]) == 5
    assert set(GLYPHS[letter]) <= set("01234567")


def test_glyphs_differ() -> None:
    assert len(set(GLYPHS.values())) == len(GLYPHS)
