"""docs/configuration.md says what can be set."""

from pathlib import Path

from config.reference import PAGE, reference, with_reference
from config.settings import Settings

PAGE_ON_DISK = Path(__file__).parents[2] / PAGE


def test_the_page_is_current() -> None:
    written = PAGE_ON_DISK.read_text(encoding="utf-8")
    assert written == with_reference(written), "run make docs"
    assert written.endswith(reference())


def test_every_section_and_plain_setting_is_there() -> None:
    said = reference()
    names = [name for name, field in Settings.model_fields.items() if not field.exclude]
    assert [n for n in names if f"### `{n}`" not in said and f"| `{n}` |" not in said] == []
    assert "warnings" not in said


def test_a_limit_a_default_and_a_meaning_are_told() -> None:
    row = next(line for line in reference().splitlines() if line.startswith("| `token_file` |"))
    assert row.split("|")[2:4] == [" text ", " `var/token` "]
    assert "mode 600" in row
