"""What the dialog layer asks its owner to do. The owner does it, in order."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeAlias

from sip.dialogs.leg_events import LegEvent
from sip.message import Headers, Request, Response

TransactionKey: TypeAlias = Hashable
"""How the owner finds the server transaction again; opaque here."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Start a client transaction. The owner adds Via, and reports by this very object."""

    request: Request


@dataclass(frozen=True, slots=True)
class SendAck:
    """Send the ACK of a 2xx, which belongs to no transaction, RFC 3261 §13.2.2.4."""

    ack: Request


@dataclass(frozen=True, slots=True)
class SendCancel:
    """Cancel the INVITE that went out as `invite`; its provisional response has come, §9.1."""

    invite: Request
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class SettleSending:
    """Ask nobody further for `invite`: its owner has left, and no provisional response came yet."""

    invite: Request


@dataclass(frozen=True, slots=True)
class Abandon:
    """Destroy the client transaction of `request`: a cancelled INVITE that nobody ends, §9.1."""

    request: Request


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer through a server transaction; a 2xx to INVITE may be handed in repeatedly."""

    transaction: TransactionKey
    response: Response


@dataclass(frozen=True, slots=True)
class Tell:
    event: LegEvent


@dataclass(frozen=True, slots=True)
class End:
    """Drop the leg: nothing more will come of it, and requests in its dialog get 481."""


DialogEffect: TypeAlias = (
    SendRequest | SendAck | SendCancel | SettleSending | Abandon | Respond | Tell | End
)
