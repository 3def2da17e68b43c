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


@pytest.mark.parametrize("algorithm", EXAMPLE)
def test_the_examples_of_rfc_7616(algorithm: Algorithm) -> None:
    digest = ha1("Mufasa", "http-auth@example.org", "Circle of Life", algorithm)
    assert expected_response(example(algorithm), "GET", digest, algorithm) == EXAMPLE[algorithm]
    assert is_right(example(algorithm), "GET", digest, algorithm)
    assert not is_right(example(algorithm), "PUT", digest, algorithm)


def test_the_example_of_rfc_7616_with_sha_512_256() -> None:
    """§3.9.2 as erratum 4897 corrects it; the name counts in clear, whatever `userhash` hides."""
    digest = ha1("Jäsøn Doe", "api@example.org", "Secret, or not?", Algorithm.SHA512_256)
    shown = Authorization(
        "488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec",
        "api@example.org",
        "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        "/doe.json",
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
        "SHA-512-256",
        "auth",
        "00000001",
        "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    assert is_right(shown, "GET", digest, Algorithm.SHA512_256)


# H(H("u:r:p"):n:00000001:abc:auth-int:H("INVITE:sip:h":H(body))), made with the shell's hash
# programs; the first of each pair for an empty body, the second for BODY.
BODY = b"v=0\r\n"
BY_BODY = {
    Algorithm.MD5: (
        "dd90c3c6649a0e8b7aac340790b60d8a",
        "fb40b85ebbbd9f73ef1f7302b2452c74",
    ),
    Algorithm.SHA256: (
        "7002d74b68751090ab6baf0f3374b4b90cf202918e757276c24db19408243244",
        "12eed943d9f39b87aed304811c84beaa5b34b66e9147bffb9ae1f2124ab89efe",
    ),
    Algorithm.SHA512_256: (
        "a057da272de68f10ddf62d19fe0d619a90b7697ebf13cc42b1dfd9d44341e920",
        "24dfa8710db7c7142ce4b9d3d22d416dd3a535fec7a7ff28cbec115c20099999",
    ),
}


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("body", [b"", BODY])
def test_the_body_counts_under_auth_int(algorithm: Algorithm, body: bytes) -> None:
    asked = Challenge("r", "n", algorithm, ("auth-int",))
    value = answer_challenge(
        Credentials("u", "p"), asked, "INVITE", "sip:h", cnonce="abc", body=body
    )
    assert value is not None
    answer = parse_authorization(value)
    assert (answer.qop, answer.response) == ("auth-int", BY_BODY[algorithm][body == BODY])
    digest = ha1("u", "r", "p", algorithm)
    assert is_right(answer, "INVITE", digest, algorithm, body)
    assert not is_right(answer, "INVITE", digest, algorithm, body + b" ")


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
    assert authorization.qop == ("auth" if qop else None), "a proxy may touch the body"


@pytest.mark.parametrize(
    "challenge",
    [
        Challenge("r", "n", "SHA-512-256-sess"),
        Challenge("r", "n", "MD5", ("auth-conf",)),
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
        format_challenge(Challenge("r", "n", "SHA-512-256-sess")),
        format_challenge(Challenge("r", "n", "SHA-256", ("auth-conf",))),
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
