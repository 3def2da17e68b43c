"""Whom a certificate names, RFC 5922 §7.1 and §7.2."""

import pytest

from sip.certificates import identities, names

SUBJECT = ((("commonName", "example.com"),),)


@pytest.mark.parametrize(
    ("certificate", "found"),
    [
        ({"subject": SUBJECT}, {"example.com"}),
        ({"subject": SUBJECT, "subjectAltName": (("DNS", "Other.Example"),)}, {"other.example"}),
        (
            {"subjectAltName": (("DNS", "host.example.com"), ("URI", "sip:Example.com"))},
            {"example.com"},
        ),
        ({"subjectAltName": (("URI", "sip:alice@example.com"),)}, set()),
        ({"subjectAltName": (("URI", "sips:example.com"), ("DNS", "a.b"))}, {"a.b"}),
        ({"subjectAltName": (("IP Address", "192.0.2.1"),)}, {"192.0.2.1"}),
        ({"subjectAltName": (("IP Address", "2001:DB8:0:0:0:0:0:1"),)}, {"2001:db8::1"}),
        ({"subjectAltName": (("URI", "nonsense"),)}, set()),
        ({}, set()),
    ],
)
def test_the_names_of_a_certificate(certificate: dict[str, object], found: set[str]) -> None:
    assert identities(certificate) == found


@pytest.mark.parametrize(
    ("name", "domain", "proved"),
    [
        ("example.com", "EXAMPLE.com", True),
        ("example.com", "example.com.", True),
        ("*.example.com", "sip.example.com", False),
        ("example.com", "sip.example.com", False),
        ("sip.example.com", "example.com", False),
    ],
)
def test_names_match_whole_and_without_wildcards(name: str, domain: str, proved: bool) -> None:
    assert names({"subjectAltName": (("DNS", name),)}, domain) is proved
