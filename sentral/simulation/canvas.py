"""A small picture: rectangles, lines and capital letters, as PNG (ISO/IEC 15948)."""

import struct
import zlib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

GLYPHS: Final[Mapping[str, str]] = {
    **{" ": "00000", ".": "00002", ":": "02020", "%": "51245", "-": "00700", "/": "11244"},
    **{"0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711"},
    **{"5": "74717", "6": "74757", "7": "71222", "8": "75757", "9": "75717"},
    **{"A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644"},
    **{"G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447"},
    **{"M": "57755", "N": "65555", "O": "25552", "P": "65644", "Q": "25573", "R": "65655"},
    **{"S": "34216", "T": "72222", "U": "55557", "V": "55552", "W": "55775", "X": "55255"},
    **{"Y": "55222", "Z": "71247"},
}
"""Five rows of three points each; a row is the octal digit of its points."""

GLYPH_WIDTH: Final = 4
"""Points from one letter to the next."""


class Canvas:
    """White at first. Coordinates are pixels from the upper left; nothing is drawn outside."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._rows = [bytearray(b"\xff" * (3 * width)) for _ in range(height)]

    def colour_at(self, x: int, y: int) -> Colour:
        red, green, blue = self._rows[y][3 * x : 3 * x + 3]
        return red, green, blue

    def fill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        left, right = (min(max(round(each), 0), self.width) for each in (x, x + width))
        top, bottom = (min(max(round(each), 0), self.height) for each in (y, y + height))
        if right <= left:
            return
        for row in self._rows[top:bottom]:
            row[3 * left : 3 * right] = bytes(colour) * (right - left)

    def line(self, points: Iterable[tuple[float, float]], colour: Colour) -> None:
        """Two pixels thick, from point to point."""
        for (x, y), (to_x, to_y) in pairwise(points):
            steps = max(1, round(max(abs(to_x - x), abs(to_y - y))))
            for step in range(steps + 1):
                share = step / steps
                self.fill(x + share * (to_x - x), y + share * (to_y - y), 2, 2, colour)

    def text(self, x: float, y: float, text: str, colour: Colour, *, scale: int = 2) -> None:
        """`x`, `y`: its upper left; letters without a glyph are left out."""
        for number, letter in enumerate(text.upper()):
            for row, points in enumerate(GLYPHS.get(letter, "")):
                for column in range(3):
                    if int(points, 8) >> (2 - column) & 1:
                        at_x = x + (number * GLYPH_WIDTH + column) * scale
                        self.fill(at_x, y + row * scale, scale, scale, colour)

    def png(self) -> bytes:
        size = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        rows = b"".join(b"\0" + row for row in self._rows)
        parts = ((b"IHDR", size), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """PNG §5.3: length, kind, data, check sum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
