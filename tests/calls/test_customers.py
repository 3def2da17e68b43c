"""The customers file: found by any spelling of the number, honest about strangers."""

from pathlib import Path

import pytest

from calls.customers import Customers, significant
from calls.problems import UnreadableFile

TABLE = "number,name,vip\n+62 812-3456,Ayu,yes\n6281,Budi,no\n"


def test_a_customer_is_found_by_any_spelling(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(TABLE, encoding="utf-8")
    customers = Customers.read(file)
    for spelling in ("+628123456", "00628123456", "62 812 3456"):
        assert customers.find(spelling) == {"number": "+62 812-3456", "name": "Ayu", "vip": True}
    assert customers.find("6281")["vip"] is False


def test_a_stranger_has_every_column_empty(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(TABLE, encoding="utf-8")
    assert Customers.read(file).find("999") == {"number": "", "name": "", "vip": False}
    assert Customers.empty().find("999")["vip"] is False


@pytest.mark.parametrize(("content", "problem"), [(b"name\nx\n", "number"), (b"\xff\xfe\xfa", "")])
def test_a_bad_file_is_told_with_its_name(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"customers\.csv") as told:
        Customers.read(file)
    assert problem in str(told.value)


def test_an_anonymous_caller_is_nobodys_customer() -> None:
    assert significant("anonymous") == ""
