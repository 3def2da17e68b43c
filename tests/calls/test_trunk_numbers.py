"""Numbers and callers as a trunk wants them."""

import pytest

from calls.leg import Party
from calls.settings import RewriteSettings, TrunkSettings
from calls.trunk_numbers import ShownCaller, rewritten, shown_caller, told_later

TO_E164 = (
    RewriteSettings(dial="00Z.", strip=2, prefix="+"),
    RewriteSettings(dial="0Z.", strip=1, prefix="+62"),
)


@pytest.mark.parametrize(
    ("number", "called"),
    [
        ("0049301234", "+49301234"),
        ("0812345", "+62812345"),
        ("+62812345", "+62812345"),
        ("112", "112"),
    ],
)
def test_the_first_rule_that_matches_changes_a_number(number: str, called: str) -> None:
    assert rewritten(number, TO_E164) == called


def test_a_caller_is_told_as_it_is() -> None:
    shown = shown_caller(TrunkSettings(), "3001", "Ayu", "carrier.example")
    assert shown == ShownCaller("3001", "Ayu")


def test_a_trunk_that_trusts_us_reads_an_asserted_identity() -> None:
    trunk = TrunkSettings(identity="asserted", rewrite_caller=TO_E164)
    shown = shown_caller(trunk, "0812345", "Ayu", "carrier.example")
    asserted = ("P-Asserted-Identity", '"Ayu" <sip:+62812345@carrier.example>')
    assert shown == ShownCaller("+62812345", "Ayu", "", (asserted,))


def test_our_number_at_the_trunk_goes_before_the_callers() -> None:
    shown = shown_caller(TrunkSettings(caller="+6221500"), "3001", "Ayu", "carrier.example")
    assert shown.user == "+6221500"


@pytest.mark.parametrize(
    ("trunk", "number"),
    [
        (TrunkSettings(hide_caller=True, identity="asserted"), "3001"),
        (TrunkSettings(identity="asserted", caller="3001"), "anonymous"),
    ],
)
def test_who_hides_is_anonymous_in_from_and_known_to_the_carrier_alone(
    trunk: TrunkSettings, number: str
) -> None:
    shown = shown_caller(trunk, number, "", "carrier.example")
    assert (shown.user, shown.host) == ("anonymous", "anonymous.invalid")
    assert dict(shown.headers) == {
        "P-Asserted-Identity": "<sip:3001@carrier.example>",
        "Privacy": "id",
    }


def test_a_caller_without_a_number_has_none_to_assert() -> None:
    shown = shown_caller(TrunkSettings(identity="asserted"), "", "", "carrier.example")
    assert shown.headers == (("Privacy", "id"),)


@pytest.mark.parametrize(
    ("trunk", "number", "told"),
    [
        (TrunkSettings(), "3001", None),
        (TrunkSettings(identity="asserted"), "0812345", Party("0812345", "Ayu")),
        (TrunkSettings(identity="asserted", caller="+6221500"), "3001", Party("+6221500", "Ayu")),
        (TrunkSettings(identity="asserted", hide_caller=True), "3001", None),
        (TrunkSettings(identity="asserted"), "anonymous", None),
    ],
)
def test_what_a_trunk_learns_of_a_transfer(
    trunk: TrunkSettings, number: str, told: Party | None
) -> None:
    assert told_later(trunk, Party(number, "Ayu")) == told
