"""The flows in force, and those that calls still are in."""

from pathlib import Path

from ivr.flow_book import MAX_OLDER, FlowBook
from tests.ivr.flow_files import load

FLOW = "languages: [en]\nstart: a\nnodes:\n  a: {kind: hang_up}\n"


def test_only_changes_are_taken_and_told(tmp_path: Path) -> None:
    book = FlowBook(load(tmp_path, main=FLOW, other=FLOW))
    before = book.current
    assert book.replace(load(tmp_path, main=FLOW, other=FLOW)) == ()
    assert book.current is before
    (tmp_path / "other.yaml").unlink()
    assert book.replace(load(tmp_path, main=FLOW + "#", third=FLOW)) == ("main", "other", "third")
    assert sorted(book.versions()) == ["main", "third"]


def test_older_versions_are_found_until_there_are_too_many(tmp_path: Path) -> None:
    book = FlowBook(load(tmp_path, main=FLOW))
    first = book.current.current["main"].version
    book.replace(load(tmp_path, main=FLOW + "# 0\n"))
    found = book.current.find("main", first)
    assert found is not None
    assert found.version == first
    for change in range(1, MAX_OLDER + 5):
        book.replace(load(tmp_path, main=FLOW + f"# {change}\n"))
    assert len(book.current.older) == MAX_OLDER
    last = book.current.find("main", first)
    assert last is not None
    assert last.version == book.versions()["main"], "gone: the one in force will do"
