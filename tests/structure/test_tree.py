"""The tree is as designed: rooms, tests that are packages, nothing of one machine."""

import re

from tests.structure.checkout import ROOMS, ROOT, files, text_of

TOP_LEVEL_FOLDERS = {
    *ROOMS, "ivr_flows", "tests", "bench", "docs", "docker", "tools", "changes", ".ci",
}  # fmt: skip
UNFINISHED = re.compile(r"\b(?:TODO|FIXME)\b")
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")


def test_there_are_no_other_top_level_folders() -> None:
    assert {path.parts[0] for path in files() if len(path.parts) > 1} - TOP_LEVEL_FOLDERS == set()


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in files(".py") if path.parts[0] == "tests"}
    assert {str(f) for f in folders if not (ROOT / f / "__init__.py").is_file()} == set()


def test_lock_files_name_no_registry() -> None:
    assert "://" not in text_of(next(p for p in files() if p.name == "requirements.lock"))
    names = {path.name for path in files()}
    assert names & {"uv.lock", "Cargo.lock", "poetry.lock"} == set()


def test_every_locked_package_has_a_hash() -> None:
    lock = text_of(next(p for p in files() if p.name == "requirements.lock"))
    packages = re.findall(r"^[a-z0-9][^\s=]*==.*(?:\n {4}--hash=sha256:.*)*", lock, re.MULTILINE)
    assert len(packages) > 30
    assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_nothing_is_left_unfinished() -> None:
    found = {
        f"{path}:{number}"
        for path in files(".py", ".rs", ".sh", ".yaml", ".yml", ".toml")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if UNFINISHED.search(line) and path.parts[:2] != ("tests", "structure")
    }
    assert found == set()


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = {
        f"{path}:{number}"
        for path in files(".py", ".rs", ".sh", ".yaml", ".yml", ".toml", ".md", ".ini", ".xml", "")
        if path.parts[:2] != ("tests", "structure")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if OF_ONE_MACHINE.search(line)
    }
    assert found == set()
