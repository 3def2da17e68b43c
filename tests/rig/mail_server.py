"""A mail server that takes what it is given, or says that it cannot just now."""

import asyncio
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Final, Self

from tests.rig.ports import LOOPBACK

_END: Final = b"\r\n.\r\n"


class MailServer:
    """SMTP (RFC 5321) without TLS or proof; `refuses` are answers to the first mails' MAIL."""

    def __init__(self, refuses: Sequence[str] = ()) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []
        """Recipients and the mail, in order."""
        self.asked = 0
        self._refuses = list(refuses)
        self._more = asyncio.Condition()

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def until_taken(self, count: int) -> EmailMessage:
        """The last of so many."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.taken) >= count)
        return self.taken[count - 1][1]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipients: list[str] = []
        writer.write(b"220 mail.example ready\r\n")
        while line := await reader.readline():
            verb = line.split(None, 1)[0].upper() if line.strip() else b""
            answer = "250 all right"
            if verb == b"MAIL":
                self.asked += 1
                answer = self._refuses.pop(0) if self._refuses else answer
            elif verb == b"RCPT":
                recipients.append(line.decode().partition(":")[2].strip(" <>\r\n"))
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(_END)
                await self._take(recipients, content.removesuffix(_END))
                recipients = []
            elif verb == b"QUIT":
                answer = "221 good-bye"
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            if verb == b"QUIT":
                break
        writer.close()

    async def _take(self, recipients: list[str], content: bytes) -> None:
        mail: Any = message_from_bytes(content, policy=policy.default)
        async with self._more:
            self.taken.append((recipients, mail))
            self._more.notify_all()
