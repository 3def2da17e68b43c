"""Messages by e-mail to a real server over TLS, with a log-in; and what is never told to others."""

from pathlib import Path
from typing import Any

import pytest

from events.mailboxes import MessageMailed, MessageMailFailed
from tests.rig.mail_server import MailServer
from tests.rig.ports import LOOPBACK
from tests.rig.secure_mail_server import SecureMailServer
from tests.sentral.test_message_mail import SOUND, Sender
from tests.sip.authority import Authority, Files, address, domain

USER, PASSWORD = "voicemail", "correct horse"
WAYS = pytest.mark.parametrize("tls", ["starttls", "tls"])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The one that this machine trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", authority.file)
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    return authority


def server_of(files: Files, tls: Any, **changes: Any) -> SecureMailServer:
    return SecureMailServer(files, tls=tls, **{"user": USER, "password": PASSWORD, **changes})


def sender_to(port: int, tls: str, **changes: Any) -> Sender:
    proof = {"user": USER, "password_env": "MAIL_PASSWORD", **changes}
    sender = Sender(port, tls=tls, retries_s=(), **proof)
    sender.leave()
    sender.mail.start()
    return sender


async def problem_of(sender: Sender) -> str:
    (failed,) = await sender.log.until(MessageMailFailed)
    assert failed.given_up
    assert PASSWORD not in failed.problem
    return str(failed.problem)


@WAYS
async def test_a_mail_goes_by_tls_to_who_is_logged_in_to(tls: str, authority: Authority) -> None:
    async with server_of(authority.issue("mail", [address(LOOPBACK)]), tls) as server:
        sender = sender_to(server.port, tls)
        await sender.log.until(MessageMailed)
    assert server.logins == [(USER.encode(), PASSWORD.encode())]
    (mail,) = server.taken
    assert next(mail.iter_attachments()).get_content() == SOUND


@WAYS
async def test_a_wrong_password_is_told(tls: str, authority: Authority) -> None:
    files = authority.issue("mail", [address(LOOPBACK)])
    async with server_of(files, tls, password="battery staple") as server:
        assert "535" in await problem_of(sender_to(server.port, tls))
    assert (len(server.logins) > 0, server.taken) == (True, [])


@WAYS
@pytest.mark.parametrize("wrong", ["stranger", "name"])
async def test_a_server_that_cannot_prove_itself_learns_nothing(
    tls: str, wrong: str, authority: Authority, tmp_path: Path
) -> None:
    """A certificate of an authority that nobody trusts, or of another server's."""
    if wrong == "stranger":
        files = Authority(tmp_path, "stranger").issue("mail", [address(LOOPBACK)])
    else:
        files = authority.issue("mail", [domain("mail.example.net")])
    async with server_of(files, tls) as server:
        assert "certificate verify failed" in await problem_of(sender_to(server.port, tls))
    assert (server.met, server.logins, server.taken) == (1, [], [])


async def test_a_server_without_tls_gets_neither_password_nor_mail(authority: Authority) -> None:
    files = authority.issue("mail", [address(LOOPBACK)])
    async with server_of(files, "off") as server:
        assert "STARTTLS" in await problem_of(sender_to(server.port, "starttls"))
    assert (server.met, server.logins, server.taken) == (1, [], [])


@WAYS
async def test_who_does_not_log_in_is_refused(tls: str, authority: Authority) -> None:
    async with server_of(authority.issue("mail", [address(LOOPBACK)]), tls) as server:
        assert "530" in await problem_of(sender_to(server.port, tls, user=""))
    assert server.taken == []


async def test_a_password_that_is_not_there_is_named(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAIL_PASSWORD")
    async with MailServer() as server:
        problem = await problem_of(sender_to(server.port, "off"))
    assert problem == "mail.password_env: MAIL_PASSWORD is not set"
