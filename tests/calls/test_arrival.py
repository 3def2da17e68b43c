"""Who calls whom: where a carrier writes the number that was dialled, and the caller's."""

from typing import Any

import pytest

from calls import arrival
from calls.settings import PhoneSettings, TrunkSettings
from events.ids import PhoneId, TrunkName
from sip.admission import PhoneIdentity, TrunkIdentity
from sip.errors import MalformedMessage
from sip.message import Request
from tests.calls.scripted import ScriptedSip

CARRIER, AYU = TrunkName("carrier"), PhoneId("3001")
REGISTERED = "sip:account7@192.0.2.1"


def read(
    uri: str, *headers: tuple[str, str], to: str = "", sender: str = "<sip:62811@h>", **trunk: Any
) -> arrival.Arrival:
    sip = ScriptedSip()
    always = (("To", to or f"<{uri}>"), ("From", sender))
    sip.invite = Request("INVITE", uri, (*always, *headers))
    sip.identity = TrunkIdentity(CARRIER)
    return arrival.read(sip, {}, {CARRIER: TrunkSettings(**trunk)})


CALLED_PARTY = ("P-Called-Party-ID", "<sip:+6221500@carrier.example>")
DIVERSIONS = ("Diversion", "<sip:222@h>;reason=user-busy, <tel:+62-111>;reason=no-answer")


@pytest.mark.parametrize(
    ("places", "uri", "to", "headers", "dialled"),
    [
        (None, "sip:1000@192.0.2.1", "<sip:9@h>", [], "1000"),
        (None, "sip:192.0.2.1", "<sip:1000@h>", [], "1000"),
        (None, "tel:+62-21-500;phone-context=x", "", [], "+6221500"),
        (None, "sip:+62-21-500;npdi@192.0.2.1;user=phone", "", [], "+6221500"),
        (["to", "request"], REGISTERED, '"Us" <sip:+6221500@h>;x=1', [], "+6221500"),
        (["to", "request"], "sip:1000@192.0.2.1", "<sip:h>", [], "1000"),
        (["called_party", "to"], REGISTERED, "<sip:9@h>", [CALLED_PARTY], "+6221500"),
        (["called_party", "to"], REGISTERED, "<sip:9@h>", [], "9"),
        (["diversion", "request"], REGISTERED, "", [DIVERSIONS], "+62111"),
        (["diversion", "request"], REGISTERED, "", [], "account7"),
        (["called_party"], REGISTERED, "", [], "account7"),
    ],
)
def test_where_the_dialled_number_stands(
    places: list[str] | None, uri: str, to: str, headers: list[tuple[str, str]], dialled: str
) -> None:
    trunk: dict[str, Any] = {"dialled_in": tuple(places)} if places else {}
    assert read(uri, *headers, to=to, **trunk).dialled == dialled


@pytest.mark.parametrize(
    ("sender", "headers", "number", "name"),
    [
        ('"Citra" <sip:62811@h>', [], "62811", "Citra"),
        ("<tel:+62-811>", [], "+62811", ""),
        ("<sip:9@h>", [("P-Asserted-Identity", '"C" <tel:+62-811>')], "+62811", "C"),
    ],
)
def test_who_calls(sender: str, headers: list[tuple[str, str]], number: str, name: str) -> None:
    who = read("sip:1000@h", *headers, sender=sender)
    assert (who.number, who.name) == (number, name)


def test_who_passed_the_call_on_is_told() -> None:
    assert [each.reason for each in read("sip:1@h", DIVERSIONS).diversions] == [
        "user-busy",
        "no-answer",
    ]


def test_a_phone_dials_by_the_request_uri_alone() -> None:
    sip = ScriptedSip()
    sip.invite = Request("INVITE", "sip:1000@h", (("To", "<sip:2@h>"), ("From", "<sip:9@h>")))
    sip.identity = PhoneIdentity(AYU)
    who = arrival.read(sip, {AYU: PhoneSettings(display="Ayu")}, {})
    assert (who.dialled, who.number, who.name) == ("1000", "3001", "Ayu")


def test_a_header_that_matters_and_cannot_be_read_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        read("sip:1@h", ("P-Called-Party-ID", "nonsense"), dialled_in=("called_party",))
