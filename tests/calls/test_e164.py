"""Numbers in one spelling."""

import pytest

from calls.e164 import e164
from calls.opening_settings import CallBackSettings

INDONESIA = CallBackSettings(country_code="62")
ITALY = CallBackSettings(country_code="39", national_prefix="")
AMERICA = CallBackSettings(country_code="1", national_prefix="1", international_prefix="011")


@pytest.mark.parametrize(
    ("written", "settings", "number"),
    [
        ("+62 812-345", INDONESIA, "62812345"),
        ("0062812345", INDONESIA, "62812345"),
        ("0812345", INDONESIA, "62812345"),
        ("62812345", INDONESIA, "62812345"),
        ("+0812", INDONESIA, "0812"),
        ("06 123", ITALY, "06123"),
        ("011 62 812", AMERICA, "62812"),
        ("1 212 555", AMERICA, "1212555"),
        ("0812", CallBackSettings(), "0812"),
        ("anonymous", INDONESIA, ""),
        ("٠٨١٢", INDONESIA, ""),
        ("9" * 100_000, INDONESIA, "9" * 64),
    ],
)
def test_one_spelling(written: str, settings: CallBackSettings, number: str) -> None:
    assert e164(written, settings) == number


def test_prefixes_are_digits() -> None:
    with pytest.raises(ValueError, match="digits"):
        CallBackSettings(country_code="+62")
