"""Names say what a thing is: no utils, helpers, common, manager or base."""

import ast
import re
from pathlib import Path

from tests.structure.checkout import files, text_of

FORBIDDEN = {"util", "utils", "utilities", "helper", "helpers", "common", "manager", "base"}
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def forbidden_words(name: str) -> set[str]:
    """The forbidden words in a snake_case or CamelCase name."""
    return {word.lower() for word in WORDS.findall(name)} & FORBIDDEN


def defined_names(source: str) -> set[str]:
    """Names of the classes and functions that a module defines; tests have sentences for names."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)}
    return {name for name in names if not name.startswith("test_")}


def test_forbidden_words_are_seen_in_every_spelling() -> None:
    assert forbidden_words("string_utils") == {"utils"}
    assert forbidden_words("CallManager") == {"manager"}
    assert forbidden_words("SIPBase") == {"base"}
    assert forbidden_words("database") == set()
    assert forbidden_words("CommonMark") == {"common"}


def test_no_file_or_folder_has_a_forbidden_name() -> None:
    parts = {(path, Path(part).stem) for path in files(".py", ".rs") for part in path.parts}
    assert {str(path) for path, part in parts if forbidden_words(part)} == set()


def test_no_class_or_function_has_a_forbidden_name() -> None:
    found = {
        f"{path}: {name}"
        for path in files(".py")
        for name in defined_names(text_of(path))
        if forbidden_words(name)
    }
    assert found == set()
