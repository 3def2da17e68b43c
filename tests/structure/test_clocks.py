"""What import-linter cannot see of DESIGN's rule 4: `datetime` asked for the time."""

import ast

from tests.structure.checkout import files, text_of

PURE = ("sip/", "acd/", "events/", "media/sdp/")
EDGES = "sip/edges/"
CLOCK_READERS = {"now", "utcnow", "today"}


def clock_reads(source: str) -> list[int]:
    """Lines that call `datetime.now`, `datetime.utcnow`, `date.today` under any import."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_READERS
        and ast.unparse(node.func.value).split(".")[-1] in {"datetime", "date"}
    ]


def test_a_clock_read_is_seen() -> None:
    assert clock_reads("import datetime\nx = datetime.datetime.now(tz)") == [2]
    assert clock_reads("self.clock.now()") == []


def test_pure_modules_take_the_time_as_an_argument() -> None:
    found = {
        f"{path}:{line}"
        for path in files(".py")
        if str(path).startswith(PURE) and not str(path).startswith(EDGES)
        for line in clock_reads(text_of(path))
    }
    assert found == set()
