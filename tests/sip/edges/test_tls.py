"""Calls over TLS with real chains: who is believed, and certificates that change."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sip.address import Address, Target
from sip.dialogs.leg_events import Confirmed, HungUp, Rejected
from sip.edges.tls import TlsContexts
from sip.edges.transport import ListenFailed
from sip.settings import ListenerSettings, SipSettings, TlsSettings
from tests.sip.authority import Authority, address, domain, sip_domain
from tests.sip.parties import Party, PlainDirectory

DIRECTORY = PlainDirectory(trunk_hosts={"127.0.0.1": "loopback", "::1": "loopback6"})
LISTENER = ListenerSettings(name="tls", transport="TLS", listen="127.0.0.1", port=0)


def settings(tls: TlsSettings, listener: ListenerSettings = LISTENER) -> SipSettings:
    return SipSettings(
        port=0, transports=("TCP",), tls=tls, listeners=(listener,), t1_s=0.05, t2_s=0.4, t4_s=0.2
    )


@asynccontextmanager
async def pair(alice_tls: TlsSettings, bob: SipSettings) -> AsyncIterator[tuple[Party, Party]]:
    listener = replace(bob.listeners[0], port=0)
    alice_party = Party(settings(alice_tls, listener), DIRECTORY, seed=1)
    bob_party = Party(bob, DIRECTORY, seed=2)
    await alice_party.agent.start()
    await bob_party.agent.start()
    try:
        yield alice_party, bob_party
    finally:
        await alice_party.agent.stop()
        await bob_party.agent.stop()


def over_tls(party: Party, asked: str) -> Target:
    """The party's TLS listener, as if the DNS had led there from `asked`."""
    local = next(each for each in party.agent.listening if each.transport == "TLS")
    to = Address("TLS", local.host, local.port, domain=asked)
    return Target(f"sip:bob@{asked}:{local.port};transport=tls", address=to)


async def test_a_call_over_tls_in_both_directions(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine = authority.issue("alice", [address("127.0.0.1")])
    yours = authority.issue("bob", [sip_domain("bob.example"), address("127.0.0.1")])
    tls = TlsSettings(certificate=mine.certificate, key=mine.key, authorities=authority.file)
    theirs = replace(tls, certificate=yours.certificate, key=yours.key)
    async with pair(tls, settings(theirs)) as (alice, bob):
        alice.call_target(over_tls(bob, "bob.example"))
        await bob.until(Confirmed)
        bob.legs[0].hang_up(cause="enough")
        assert await alice.until(HungUp) == HungUp("enough")
        assert bob.legs[0].source.transport == "TLS"


@pytest.mark.parametrize("asked", ["mallory.example", "sip.bob.example"])
async def test_whoever_is_not_the_domain_is_not_called(tmp_path: Path, asked: str) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("bob", [domain("bob.example")])
    tls = TlsSettings(certificate=files.certificate, key=files.key, authorities=authority.file)
    async with pair(tls, settings(tls)) as (alice, bob):
        alice.call_target(over_tls(bob, asked))
        rejected = await alice.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert (rejected.status, rejected.local) == (503, True)
        assert bob.legs == []


async def test_a_certificate_of_nobody_we_know_is_refused(tmp_path: Path) -> None:
    ours, strangers = Authority(tmp_path), Authority(tmp_path, "stranger")
    mine = ours.issue("alice", [address("127.0.0.1")])
    yours = strangers.issue("bob", [domain("bob.example")])
    tls = TlsSettings(certificate=mine.certificate, key=mine.key, authorities=ours.file)
    theirs = replace(tls, certificate=yours.certificate, key=yours.key)
    async with pair(tls, settings(theirs)) as (alice, bob):
        alice.call_target(over_tls(bob, "bob.example"))
        await alice.until(Rejected)
    trusting = replace(tls, verify_servers=False)
    async with pair(trusting, settings(theirs)) as (alice, bob):
        alice.call_target(over_tls(bob, "bob.example"))
        await bob.until(Confirmed)


async def test_clients_must_prove_themselves_where_that_is_required(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    strangers = Authority(tmp_path, "stranger")
    files = authority.issue("bob", [domain("bob.example")])
    tls = TlsSettings(certificate=files.certificate, key=files.key, authorities=authority.file)
    demanding = settings(replace(tls, client_certificates="required"))
    async with pair(tls, demanding) as (alice, bob):
        alice.call_target(over_tls(bob, "bob.example"))
        await bob.until(Confirmed)
    false = strangers.issue("mallory", [domain("bob.example")])
    wrong = replace(tls, certificate=false.certificate, key=false.key)
    async with pair(wrong, demanding) as (alice, bob):
        alice.call_target(over_tls(bob, "bob.example"))
        await alice.until(Rejected)
        assert bob.legs == []


async def test_ipv6_has_a_listener_of_its_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("bob", [address("::1")])
    tls = TlsSettings(certificate=files.certificate, key=files.key, authorities=authority.file)
    six = ListenerSettings(name="six", transport="TLS", listen="::1", port=0)
    async with pair(tls, settings(tls, six)) as (alice, bob):
        port = bob.agent.listening[1].port
        alice.call(f"sip:bob@[::1]:{port};transport=tls")
        await bob.until(Confirmed)
        assert "[::1]" in dict(bob.legs[0].invite.headers)["Via"]
        assert bob.legs[0].local_address == "::1"


async def test_a_renewed_certificate_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("bob", [domain("old.example")])
    contexts = TlsContexts(TlsSettings(certificate=files.certificate, key=files.key))
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=contexts.server
    )
    port = server.sockets[0].getsockname()[1]
    assert await names_at(port, authority) == (("DNS", "old.example"),)
    assert not contexts.reload_if_changed()
    authority.issue("bob", [domain("new.example")])
    touch(Path(files.certificate), later_s=2)
    assert contexts.reload_if_changed()
    assert await names_at(port, authority) == (("DNS", "new.example"),)
    server.close()


def test_a_broken_renewal_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("bob", [domain("old.example")])
    contexts = TlsContexts(TlsSettings(certificate=files.certificate, key=files.key))
    Path(files.certificate).write_text("half a certificate")
    touch(Path(files.certificate), later_s=2)
    assert not contexts.reload_if_changed()
    assert "cannot be used" in caplog.text
    caplog.clear()


async def test_files_that_are_missing_are_told_at_the_start(tmp_path: Path) -> None:
    missing = TlsSettings(certificate=str(tmp_path / "no.pem"), key=str(tmp_path / "no.key"))
    with pytest.raises(ListenFailed, match="certificate cannot be used"):
        await Party(settings(missing), DIRECTORY).agent.start()


def touch(path: Path, *, later_s: float) -> None:
    at = path.stat().st_mtime + later_s
    os.utime(path, (at, at))


async def names_at(port: int, authority: Authority) -> object:
    context = ssl.create_default_context(cafile=authority.file)
    context.check_hostname = False
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    return certificate["subjectAltName"]
