"""Where a packet comes from or goes to."""

from typing import NamedTuple


class Address(NamedTuple):
    """A transport address; a tuple, because it is the key of many tables.

    Attributes:
        transport: "UDP" or "TCP".
        host: numeric, IPv6 without brackets.
        port: 1 to 65535; 0 only when asking for any free port.
    """

    transport: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport} {host}:{self.port}"
