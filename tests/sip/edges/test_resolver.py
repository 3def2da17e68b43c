"""URIs to addresses: numeric ones at once, names by the system, and honest failures."""

import asyncio

import pytest

from sip.address import Address
from sip.edges.resolver import Resolver
from sip.errors import SipError


class Answer:
    def __init__(self) -> None:
        self.result: asyncio.Future[Address | SipError] = asyncio.Future()

    def take(self, result: Address | SipError) -> None:
        self.result.set_result(result)  # a second one would raise

    @property
    def at_once(self) -> Address | SipError | None:
        return self.result.result() if self.result.done() else None


def resolver(*transports: str) -> Resolver:
    return Resolver(transports or ("UDP", "TCP"), asyncio.get_running_loop().time)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:a@192.0.2.1", Address("UDP", "192.0.2.1", 5060)),
        ("sip:a@192.0.2.1:5070;transport=tcp", Address("TCP", "192.0.2.1", 5070)),
        ("sip:[2001:DB8::1]:5070", Address("UDP", "2001:db8::1", 5070)),
    ],
)
async def test_numeric_hosts_need_no_look_up(uri: str, address: Address) -> None:
    answer = Answer()
    resolver().resolve(uri, answer.take, answer.take)
    assert answer.at_once == address


async def test_the_first_transport_is_the_default() -> None:
    answer = Answer()
    resolver("TCP").resolve("sip:a@192.0.2.1", answer.take, answer.take)
    assert answer.at_once == Address("TCP", "192.0.2.1", 5060)


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("sips:a@192.0.2.1", 503),
        ("tel:123", 503),
        ("sip:a@192.0.2.1;transport=ws", 503),
        ("nonsense", 400),
    ],
)
async def test_where_we_cannot_go(uri: str, status: int) -> None:
    answer = Answer()
    resolver().resolve(uri, answer.take, answer.take)
    assert isinstance(answer.at_once, SipError)
    assert answer.at_once.status == status


async def test_names_are_looked_up_once_and_remembered() -> None:
    parts = resolver()
    first, second = Answer(), Answer()
    parts.resolve("sip:a@localhost:5070", first.take, first.take)
    assert first.at_once is None
    found = await first.result
    assert found == Address("UDP", "127.0.0.1", 5070)
    parts.resolve("sip:a@localhost:5070", second.take, second.take)
    assert second.at_once == found


async def test_a_name_that_does_not_exist_is_told() -> None:
    answer = Answer()
    resolver().resolve("sip:a@does-not-exist.invalid", answer.take, answer.take)
    failed = await answer.result
    assert isinstance(failed, SipError)
    assert failed.status == 503
