"""What a transaction asks its owner to do. The owner does it, in order."""

from dataclasses import dataclass
from typing import TypeAlias

from sip.errors import SipError
from sip.message import Message, Request, Response


@dataclass(frozen=True, slots=True)
class Send:
    """Put a message on the wire. `repeated` tells a retransmission from a first sending."""

    message: Message
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a response to the transaction user (of a client transaction)."""

    response: Response


@dataclass(frozen=True, slots=True)
class DeliverAck:
    """Hand the ACK of a 2xx to the transaction user (of a server transaction), RFC 6026 §7.1."""

    ack: Request


@dataclass(frozen=True, slots=True)
class Fail:
    """Tell the transaction user: no final response will come, or ours was not acknowledged
    or could not be sent. The transaction may live on to absorb; `Forget` ends it."""

    error: SipError


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop the transaction: it is terminated and must not be used again."""


Effect: TypeAlias = Send | Deliver | DeliverAck | Fail | Forget
