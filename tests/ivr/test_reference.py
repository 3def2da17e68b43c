"""docs/flows.md says what the node kinds take."""

from pathlib import Path

from ivr.kinds import node_kinds
from ivr.reference import PAGE, reference, with_reference

PAGE_ON_DISK = Path(__file__).parents[2] / PAGE


def test_the_page_is_current() -> None:
    written = PAGE_ON_DISK.read_text(encoding="utf-8")
    assert written == with_reference(written), "run make docs"
    assert written.endswith(reference())


def test_every_kind_and_field_is_there() -> None:
    said = reference()
    for name, kind in node_kinds().items():
        section = said.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
        assert section, name
        fields = set(kind.model_fields) - {"kind", "note"}
        assert {field for field in fields if f"| `{field}` |" in section} == fields
