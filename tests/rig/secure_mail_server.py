"""A mail server as providers run it (aiosmtpd): it takes mail only by TLS, from who logs in."""

import asyncio
import ssl
from email import message_from_bytes, policy
from types import TracebackType
from typing import Any, Final, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.rig.ports import LOOPBACK
from tests.sip.authority import Files

NO_PROOF: Final = "530 5.7.0 Authentication required"


class SecureMailServer:
    """SMTP with STARTTLS (RFC 3207), or with TLS from the first byte (RFC 8314), and AUTH.

    Attributes:
        taken: the mails, in order.
        logins: user and password of everybody who tried.
        met: how many have connected.
    """

    def __init__(
        self, files: Files, *, tls: Literal["starttls", "tls", "off"], user: str, password: str
    ) -> None:
        self.taken: list[Any] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.met = 0
        self._tls = tls
        self._account = (user.encode(), password.encode())
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(files.certificate, files.key)

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        implicit = self._context if self._tls == "tls" else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._meet, LOOPBACK, 0, ssl=implicit)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    def _meet(self) -> SMTP:
        self.met += 1
        return SMTP(
            self,
            hostname="mail.example",
            tls_context=self._context if self._tls == "starttls" else None,
            require_starttls=self._tls == "starttls",
            auth_require_tls=self._tls == "starttls",
            authenticator=self._check,
        )

    def _check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        right = self.logins[-1] == self._account
        return AuthResult(success=right, handled=False)  # who is wrong hears 535

    # ---- what aiosmtpd asks its handler

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return NO_PROOF
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"
