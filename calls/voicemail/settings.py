"""What operators can set about voice mailboxes. Only `config` reads it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """One mailbox. Phones hear those that their `mailboxes` name, else the one named as they are;
    those exist without being written here."""

    max_messages: Annotated[int, Ge(1)] = 100
    """Messages at once, heard ones included; more callers are told that it is full."""

    min_s: Annotated[float, Ge(0)] = 2.0
    """Whoever spoke for less has left no message."""

    kept_days: Annotated[float, Gt(0)] | None = None
    """Age at which a message is erased; none leaves it to `recording.messages_kept_days`."""

    email: tuple[str, ...] = ()
    """Addresses that are sent each message, by the server that `mail:` names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server that takes messages for people."""

    host: str

    port: Annotated[int, Ge(1), Le(65535)] = 587

    tls: Literal["starttls", "tls", "off"] = "starttls"
    """`tls` from the first byte on (port 465), `starttls` after a greeting; `off` only for a server
    on this machine."""

    user: str = ""
    """Empty: the server wants no proof."""

    password_env: str | None = None
    """Environment variable that holds the user's password."""

    sender: str
    """From, e.g. voicemail@example.com."""

    timeout_s: Annotated[float, Gt(0), Le(300)] = 20.0

    retries_s: tuple[Annotated[float, Gt(0)], ...] = (30.0, 120.0, 600.0, 3600.0, 14_400.0)
    """Seconds until each further attempt while the server does not take it; then it is given up."""
