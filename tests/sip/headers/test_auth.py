"""Challenges and credentials as they are written on the wire."""

import pytest

from sip.errors import MalformedMessage
from sip.headers.auth import (
    Authorization,
    Challenge,
    format_authorization,
    format_challenge,
    is_digest,
    parse_authorization,
    parse_challenge,
)


@pytest.mark.parametrize(
    "challenge",
    [
        Challenge("sentral", "n"),
        Challenge('a "quoted" realm', "n\\x", "SHA-256", ("auth", "auth-int"), "o", True, "sip:h"),
        Challenge("r", "n", qop=()),
    ],
)
def test_a_challenge_survives(challenge: Challenge) -> None:
    assert parse_challenge(format_challenge(challenge)) == challenge


@pytest.mark.parametrize(
    "authorization",
    [
        Authorization("u", "r", "n", "sip:h", "0" * 32),
        Authorization('u"', "r", "n", "sip:h,x", "0" * 32, "SHA-256", "auth", "00000001", "c", "o"),
    ],
)
def test_credentials_survive(authorization: Authorization) -> None:
    assert parse_authorization(format_authorization(authorization)) == authorization


def test_case_and_quotes_vary_among_phones() -> None:
    parsed = parse_authorization(
        'dIgEsT Username="u",REALM = "r" , nonce="n",uri="sip:h",response="0",algorithm="MD5",'
        'qop="auth",nc=00000001,cnonce="c"'
    )
    assert parsed == Authorization("u", "r", "n", "sip:h", "0", "MD5", "auth", "00000001", "c")


@pytest.mark.parametrize(
    "value",
    [
        "", "Digest ", "Basic dTpw", "NoOneKnowsThisScheme opaque-data=here", "Digest username",
        'Digest username="u"', 'Digest username="u,realm="r"', 'Digest a="b",a="c"',
        "Digest " + "x=y," * 40 + "z=1", "Digest x=" + "y" * 5000,
    ],
)  # fmt: skip
def test_refused(value: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_authorization(value)
    with pytest.raises(MalformedMessage):
        parse_challenge(value)


def test_a_qop_needs_a_count_and_a_client_nonce() -> None:
    with pytest.raises(MalformedMessage):
        parse_authorization('Digest username="u",realm="r",nonce="n",uri="x",response="y",qop=auth')


def test_other_schemes_are_told_apart() -> None:
    assert is_digest(" digest x=y")
    assert not is_digest("Digestive x=y")
