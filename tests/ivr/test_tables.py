"""Tables beside a flow, and what is said about files that are none."""

from pathlib import Path

import pytest

from ivr.placing import Surroundings
from ivr.tables import Rows, columns_of, read_table
from ivr.yaml_lines import Place

CSV = "id,name\n1,Anna\n02,Bert\n"


def read(folder: Path, name: str, content: str | bytes | None) -> tuple[Rows | None, list[str]]:
    told: list[str] = []
    used: list[bytes] = []

    def mistake(place: Place, text: str) -> None:
        told.append(text)

    if content is not None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    around = Surroundings(folder, None, "0", "*", mistake, used.append)
    rows = read_table(around, ("table",), name, "id")
    assert bool(used) or rows is None, "the flow's version follows the table"
    return rows, told


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", CSV),
        ("t.csv", "\ufeff" + CSV),
        ("t.json", '[{"id": 1, "name": "Anna"}, {"id": "02", "name": "Bert"}]'),
        ("t.yaml", "- {id: 1, name: Anna}\n- {id: 02, name: Bert}\n"),
    ],
)
def test_rows_are_found_by_the_text_of_their_key(tmp_path: Path, name: str, content: str) -> None:
    rows, told = read(tmp_path, name, content)
    assert told == []
    assert rows is not None
    assert {key: row["name"] for key, row in rows.items()} == {"1": "Anna", "02": "Bert"}
    assert columns_of(rows) == {"id", "name"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", "name\nAnna\n", "row 1 has no column 'id'"),
        ("t.csv", CSV + "1,Carl\n", "row 3: '1' is in column 'id' twice"),
        ("t.csv", b"\xff\xfe", "is no UTF-8 text"),
        ("t.json", "{", "is no JSON"),
        ("t.json", "{}", "should be a list of rows"),
        ("t.yaml", "- 1\n", "should be a list of rows"),
        ("t.yaml", "- [", "not YAML"),
        ("t.txt", "", "the name must end in"),
        ("none.csv", None, "none.csv cannot be read"),
    ],
)
def test_what_is_no_table(
    tmp_path: Path, name: str, content: str | bytes | None, said: str
) -> None:
    rows, told = read(tmp_path, name, content)
    assert rows is None
    assert said in told[0]


@pytest.mark.parametrize("name", ["/etc/hosts.csv", "../secret.csv", "a/../../b.csv"])
def test_only_files_beside_the_flow_are_read(tmp_path: Path, name: str) -> None:
    rows, told = read(tmp_path, name, None)
    assert (rows, told) == (
        None,
        [f"'{name}' is not beside the flow; write its name or folder/name"],
    )
