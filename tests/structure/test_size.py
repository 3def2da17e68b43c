"""No file over 500 lines, no function over 60 (clippy watches Rust's functions)."""

import ast
from pathlib import Path

from tests.structure.checkout import files, text_of

MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 60


def long_functions(source: str, most: int = MOST_LINES_OF_A_FUNCTION) -> list[str]:
    """The functions that are longer than `most` lines, their decorators not counted."""
    return [
        f"{node.lineno}: {node.name} has {length} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > most
    ]


def test_a_long_function_is_seen() -> None:
    body = "    pass\n" * 60
    assert long_functions(f"def fits():\n{body[9:]}") == []
    assert long_functions(f"def grown():\n{body}") == ["1: grown has 61 lines"]


def test_no_file_is_over_500_lines() -> None:
    lengths = {path: len(text_of(path).splitlines()) for path in files(".py", ".rs", ".pyi", ".sh")}
    assert lengths, "no source was found"
    too_long = {str(path): count for path, count in lengths.items() if count > MOST_LINES_OF_A_FILE}
    assert too_long == {}


def test_no_function_is_over_60_lines() -> None:
    found: dict[Path, list[str]] = {
        path: too_long for path in files(".py") if (too_long := long_functions(text_of(path)))
    }
    assert found == {}
