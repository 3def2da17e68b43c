"""An unknown user and a wrong password cost the same work and get the same answer.

Work is counted, not timed: the calls of the hash functions and of the comparison.
"""

from collections import Counter
from typing import Any

import pytest

import sip.digest
from sip.digest import Algorithm
from sip.location import Location
from sip.message import Request, Response, response_to
from sip.registrar import Registrar
from tests.sip.messages import request
from tests.sip.people import PHONE_SOURCE, People, authenticator, with_credentials

ROUTES = ("REGISTER", "INVITE", "SUBSCRIBE", "REFER")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each hash function was begun, and how many bytes each was given."""
    counted: Counter[str] = Counter()

    def counting(algorithm: Algorithm) -> None:
        real = sip.digest._HASHES[algorithm]

        def hashed(data: bytes) -> Any:
            counted[algorithm] += 1
            counted[f"{algorithm} bytes"] += len(data)
            return real(data)

        monkeypatch.setitem(sip.digest._HASHES, algorithm, hashed)

    for algorithm in Algorithm:
        counting(algorithm)
    return counted


def attempt(method: str, user: str, password: str, algorithm: Algorithm) -> Response:
    """One try at the registrar, with a name of four letters as all of them."""
    judge = authenticator()
    registrar = Registrar(People(), judge, Location())
    asked = request(
        method, "sip:example.com", To=f"<sip:{user}@example.com>", From=f"<sip:{user}@x>;tag=a"
    )
    challenge = response_to(asked, 401, headers=judge.challenges(0.0))
    signed: Request = with_credentials(asked, challenge, user, password, algorithm=algorithm)
    return registrar.register(signed, PHONE_SOURCE, 0.0, to_tag="t").response


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("method", ROUTES)
def test_nobody_and_a_wrong_password_cost_the_same(
    method: str, algorithm: Algorithm, work: Counter[str]
) -> None:
    known = attempt(method, "2001", "wrong-pass", algorithm)
    for_known = Counter(work)
    work.clear()
    unknown = attempt(method, "9999", "wrong-pass", algorithm)
    assert for_known == work
    assert sum(work.values()) > 0
    assert (known.status, known.reason) == (unknown.status, unknown.reason) == (403, "Forbidden")
    assert [name for name, _ in known.headers] == [name for name, _ in unknown.headers]


def test_before_a_password_is_tried_nobody_can_be_told_from_anybody() -> None:
    registrar = Registrar(People(), authenticator(), Location())
    answers = [
        registrar.register(
            request("REGISTER", "sip:example.com", To=f"<sip:{user}@example.com>"),
            PHONE_SOURCE,
            0.0,
            to_tag="t",
        ).response
        for user in ("2001", "9999", "carrier-login")
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({tuple(name for name, _ in answer.headers) for answer in answers}) == 1
