"""What the documents tell people to type exists."""

import re
from pathlib import Path

import pytest

from tests.structure.checkout import ROOT, files, text_of

CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
MAKE = re.compile(r"\bmake ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")
SENTRAL = re.compile(r"(?:^|[`$\s/])sentral ([a-z]+)\b", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)")
DOCUMENTS = [path for path in files(".md") if path.parts[0] not in {"tests", "changes"}]


def targets() -> set[str]:
    """Every target of the Makefile that `make help` shows."""
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", text_of(Path("Makefile")), re.MULTILINE))


def code_of(path: Path) -> str:
    return "\n".join(CODE.findall(text_of(path)))


def test_the_targets_that_everybody_relies_on_are_there() -> None:
    assert {"run", "test", "test-slow", "check", "demo", "help", "setup"} <= targets()


def test_every_target_is_in_the_help() -> None:
    phony = set(re.findall(r"^\.PHONY: (\S+)", text_of(Path("Makefile")), re.MULTILINE))
    assert phony - targets() == {"always"}


def test_the_readme_opens_with_the_two_commands() -> None:
    opening = text_of(Path("README.md")).splitlines()[:25]
    commands = [line.split("#")[0].strip() for line in opening]
    assert commands.index("make run") < commands.index("make test")


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_commands_in_documents_exist(path: Path) -> None:
    code = code_of(path)
    asked = {word for words in MAKE.findall(code) for word in words.split()}
    assert asked - targets() == set()
    commands = {p.stem for p in (ROOT / "sentral" / "commands").glob("*.py")}
    assert set(SENTRAL.findall(code)) - commands == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_in_documents_lead_somewhere(path: Path) -> None:
    missing = {
        link for link in LINK.findall(text_of(path)) if not (ROOT / path.parent / link).exists()
    }
    assert missing == set()


NAMED_TEST = re.compile(r"`((?:[a-z0-9_]+/)*test_[a-z0-9_*]+\.py)`")
SHORTENED = {Path("docs/sip.md"): ("tests/sip", "tests/e2e")}
"""Folders that a document leaves out of the names of tests."""


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_tests_that_documents_name_exist(path: Path) -> None:
    folders = ("", *SHORTENED.get(path, ()))
    named = set(NAMED_TEST.findall(text_of(path)))
    found = {name for name in named if any(any((ROOT / each).glob(name)) for each in folders)}
    assert named - found == set()
