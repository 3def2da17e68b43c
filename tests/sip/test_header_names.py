"""Header names in any spelling."""

import pytest

from sip.header_names import COMPACT, LISTS, SINGLE, canonical_name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("via", "Via"),
        ("V", "Via"),
        ("cAlL-iD", "Call-ID"),
        ("CSEQ", "CSeq"),
        ("www-authenticate", "WWW-Authenticate"),
        ("x-customer-id", "X-Customer-Id"),
        ("X-CUSTOMER-ID", "X-Customer-Id"),
    ],
)
def test_canonical_spelling(spelling: str, name: str) -> None:
    assert canonical_name(spelling) == name
    assert canonical_name(name) == name


def test_every_compact_form_leads_to_a_canonical_name() -> None:
    assert all(canonical_name(name) == name for name in [*COMPACT.values(), *LISTS, *SINGLE])
