"""Who follows some kinds of events only is told of every kind that the code heeds."""

import ast
import importlib
from pathlib import Path
from typing import Final

import pytest

from events.event import Event

ROOT: Final = Path(__file__).resolve().parents[2]

NAMES: Final = ("FOLLOWED", "_FOLLOWED")

MODULES: Final = [
    path
    for room in ("calls", "sentral", "telemetry")
    for path in sorted((ROOT / room).rglob("*.py"))
    if any(f"\n{name}: Final" in path.read_text(encoding="utf-8") for name in NAMES)
]


def heeded(path: Path) -> set[str]:
    """Names of classes in `case` patterns and `isinstance` within a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
            names.add(node.cls.id)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            names |= {each.id for each in ast.walk(node.args[1]) if isinstance(each, ast.Name)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_kind_that_is_heeded_is_followed(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module = importlib.import_module(name)
    followed = next(getattr(module, each) for each in NAMES if hasattr(module, each))
    classes = (getattr(module, each, None) for each in heeded(path))
    kinds = {each for each in classes if isinstance(each, type) and issubclass(each, Event)}
    assert kinds, "it heeds some"
    assert kinds <= set(followed)


def test_there_are_some() -> None:
    assert len(MODULES) > 5
