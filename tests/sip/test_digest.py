"""Digest: the RFC's own examples, then both sides against each other."""

import pytest

from sip.digest import (
    Algorithm,
    Credentials,
    algorithm_named,
    answer_challenge,
    choose_challenge,
    expected_response,
    ha1,
    is_right,
)
from sip.headers.auth import Authorization, Challenge, format_challenge, parse_authorization

# RFC 7616 §3.9.1
EXAMPLE = {
    Algorithm.MD5: "8ca523f5e9506fed4657c9700eebdbec",
    Algorithm.SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


def example(algorithm: Algorithm) -> Authorization:
    return Authorization(
        "Mufasa",
        "http-auth@example.org",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "/dir/index.html",
        EXAMPLE[algorithm],
        algorithm,
        "auth",
        "00000001",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_examples_of_rfc_7616(algorithm: Algorithm) -> None:
    digest = ha1("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert expected_response(example(algorithm), "GET", digest, algorithm) == EXAMPLE[algorithm]
    assert is_right(example(algorithm), "GET", digest, algorithm)
    assert not is_right(example(algorithm), "PUT", digest, algorithm)


def test_the_example_of_rfc_2069_corrected() -> None:
    """Without qop: H(HA1:nonce:HA2)."""
    old = Authorization("Mufasa", "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "/dir/index.html", "")  # fmt: skip # noqa: E501
    digest = ha1("Mufasa", "testrealm@host.com", "CircleOfLife", Algorithm.MD5)
    assert (
        expected_response(old, "GET", digest, Algorithm.MD5) == "1949323746fe6a43ef61f9606e7febea"
    )


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("qop", [(), ("auth",), ("auth-int", "auth")])
@pytest.mark.parametrize("by_digest", [True, False])
def test_what_the_client_answers_the_server_takes(
    algorithm: Algorithm, qop: tuple[str, ...], by_digest: bool
) -> None:
    digest = ha1("u", "r", "p", algorithm)
    credentials = Credentials("u", ha1={algorithm: digest}) if by_digest else Credentials("u", "p")
    challenge = Challenge("r", "n", algorithm, qop, opaque="o")
    value = answer_challenge(
        credentials, challenge, "INVITE", "sip:h", cnonce="abc", nonce_count=10
    )
    assert value is not None
    authorization = parse_authorization(value)
    assert is_right(authorization, "INVITE", digest, algorithm)
    assert not is_right(authorization, "BYE", digest, algorithm)
    assert (authorization.opaque, authorization.nc) == ("o", "0000000a" if qop else None)


@pytest.mark.parametrize(
    "challenge",
    [
        Challenge("r", "n", "SHA-512-256"),
        Challenge("r", "n", "MD5", ("auth-int",)),
        Challenge("r", "n", "SHA-256"),  # these credentials have MD5 only
    ],
)
def test_what_cannot_be_answered_is_not(challenge: Challenge) -> None:
    credentials = Credentials("u", ha1={Algorithm.MD5: "0" * 32})
    assert answer_challenge(credentials, challenge, "INVITE", "sip:h", cnonce="c") is None


def test_the_first_challenge_that_can_be_answered_is_chosen() -> None:
    values = [
        'Bearer realm="r"',
        "Digest realm=unfinished",
        format_challenge(Challenge("r", "n", "SHA-512-256")),
        format_challenge(Challenge("r", "n", "SHA-256", ("auth-int",))),
        format_challenge(Challenge("r", "n", "SHA-256")),
        format_challenge(Challenge("r", "n", "MD5")),
    ]
    chosen = choose_challenge(values)
    assert chosen is not None
    assert chosen.algorithm == "SHA-256"
    assert choose_challenge(values[:4]) is None


def test_secrets_are_not_shown() -> None:
    shown = repr(Credentials("u", "hunter2", {Algorithm.MD5: "d1gest"}))
    assert "hunter2" not in shown
    assert "d1gest" not in shown


def test_algorithms_are_named_in_any_case() -> None:
    assert algorithm_named("sha-256") is Algorithm.SHA256
    assert algorithm_named("MD5-sess") is None
