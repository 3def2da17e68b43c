"""Whom a request is for and which way it goes there."""

from dataclasses import dataclass

from sip.edges.address import Address


@dataclass(frozen=True, slots=True)
class Target:
    """The destination of a request that opens a dialog, or stands alone.

    Attributes:
        uri: the Request-URI.
        address: send to it instead of what `uri` or `route` say; None resolves those.
        connection: the TCP connection of a registration, if one is kept; `address` finds it too.
        route: Route header values in order, e.g. ("<sip:proxy.example;lr>",).
        registered: `address` is where a phone's REGISTER came from. The phone may sit behind
            NAT, so requests inside the dialog keep to the address that its packets come from
            whatever its Contact says, unless a proxy record-routed.
    """

    uri: str
    address: Address | None = None
    connection: object | None = None
    route: tuple[str, ...] = ()
    registered: bool = False
