"""Where a message came from or goes to."""

from dataclasses import dataclass
from typing import Final, NamedTuple

_RELIABLE: Final = frozenset({"TCP", "TLS", "WS", "WSS", "SCTP"})


class Address(NamedTuple):
    """One end of a transport; a tuple, because it is the key of many tables.

    Attributes:
        transport: upper case, as in a Via: "UDP", "TCP", "TLS", "WS", "WSS".
        host: numeric, IPv6 without brackets.
        port: of a connection it may be an ephemeral one; 0 only when asking for any free port.
        listener: which of our listeners it is met through; "" for the first ones, and for
            wherever nobody has chosen yet.
        domain: of TLS connections that we open, whom the certificate has to name, RFC 5922 §7.
    """

    transport: str
    host: str
    port: int
    listener: str = ""
    domain: str = ""

    @property
    def reliable(self) -> bool:
        """Whether messages are never lost, so that nothing is retransmitted, RFC 3261 §17.1.1.1."""
        return self.transport in _RELIABLE

    @property
    def is_encrypted(self) -> bool:
        return self.transport in ("TLS", "WSS")

    @property
    def is_loopback(self) -> bool:
        return self.host.startswith("127.") or self.host == "::1"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport} {host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask and where to send the request.

    Attributes:
        uri: the Request-URI.
        address: None to derive it from `uri`, RFC 3263; else the packet goes there (or over the
            connection open to there), whatever `uri` says: that is how phones behind NAT are met.
        connection: what the edge knows the connection by, if one must be used.
        route: Route header values to put into the request, RFC 3261 §8.1.1.1.
        registered: `address` is where a phone's REGISTER came from. The phone may sit behind
            NAT, so requests inside the dialog keep to where its packets come from, whatever its
            Contact says, unless a proxy record-routed.
    """

    uri: str
    address: Address | None = None
    connection: object | None = None
    route: tuple[str, ...] = ()
    registered: bool = False
