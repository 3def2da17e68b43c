"""What prompts say: one file a language."""

from pathlib import Path

import pytest

from ivr.loader import FlowErrors
from ivr.prompt_texts import read_prompt_texts


def test_each_language_has_its_file(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("hello: Hello.\nno: >-\n  No,\n  thanks.\n")
    (tmp_path / "es-MX.yaml").write_text("hello: '¡Hola!'\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a prompt")
    assert read_prompt_texts(tmp_path) == {
        "en": {"hello": "Hello.", "no": "No, thanks."},
        "es-MX": {"hello": "¡Hola!"},
    }


def test_all_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("hello: Hello.\nempty: ''\nlist: [1]\n'a b': x\nhi@es: y\n")
    (tmp_path / "english!.yaml").write_text("hello: Hello.\n")
    (tmp_path / "es.yaml").write_text("a: [\n")
    (tmp_path / "id.yaml").write_bytes(b"\xff")
    with pytest.raises(FlowErrors) as caught:
        read_prompt_texts(tmp_path)
    said = [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]
    assert [line.split(": ")[0] for line in said] == [
        *(f"en.yaml:{line}" for line in (2, 3, 4, 5)),
        "english!.yaml:1",
        "es.yaml:2",
        "id.yaml:1",
    ]
    assert said[2].startswith("en.yaml:4: a b: 'a b' cannot be used here; write a prompt's name")
    assert "hi@es: the file says the language already; write the name without @" in said[3]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FlowErrors, match="cannot be read"):
        read_prompt_texts(tmp_path / "nowhere")
