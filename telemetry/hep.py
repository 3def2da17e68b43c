"""Every SIP message to a Homer-compatible collector: the HEP3 protocol, over UDP.

Sending never waits: what the kernel does not take at once, or is too long, is dropped and counted.
"""

import ipaddress
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from telemetry.settings import HepSettings

MAGIC: Final = b"HEP3"
LONGEST: Final = 65_000
_PROTOCOLS: Final[Mapping[str, int]] = {"UDP": socket.IPPROTO_UDP}
_SIP: Final = 1


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int


class HepExporter:
    """Attributes:
    dropped: messages that were not sent.
    """

    def __init__(
        self,
        settings: HepSettings,
        *,
        steady_to_utc: Callable[[float], float],
        local: Callable[[str, str], Endpoint],
    ) -> None:
        """`local`: which of our addresses a transport and peer host meet. Raises OSError."""
        self.dropped = 0
        self._settings = settings
        self._steady_to_utc = steady_to_utc
        self._local = local
        family = socket.AF_INET6 if ":" in settings.collector else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def add(
        self,
        direction: Literal["in", "out"],
        transport: str,
        host: str,
        port: int,
        data: bytes,
        at: float,
    ) -> None:
        """One message as it is on the wire; `at` on the steady clock."""
        peer, ours = Endpoint(host, port), self._local(transport, host)
        source, destination = (peer, ours) if direction == "in" else (ours, peer)
        try:
            packet = encode(
                transport,
                source,
                destination,
                data,
                self._steady_to_utc(at),
                capture_id=self._settings.capture_id,
                password=self._settings.password,
            )
            self._socket.sendto(packet, (self._settings.collector, self._settings.port))
        except (OSError, ValueError):
            self.dropped += 1

    def close(self) -> None:
        self._socket.close()


def encode(
    transport: str,
    source: Endpoint,
    destination: Endpoint,
    data: bytes,
    utc: float,
    *,
    capture_id: int,
    password: str = "",
) -> bytes:
    """One HEP3 packet.

    Raises:
        ValueError: too long, the ends are of two families, or no numeric hosts.
    """
    ends = [ipaddress.ip_address(each.host) for each in (source, destination)]
    if ends[0].version != ends[1].version or len(data) > LONGEST:
        raise ValueError("not a packet that can be told")
    first_address = 3 if ends[0].version == 4 else 5
    seconds = int(utc)
    chunks = [
        _chunk(1, bytes([socket.AF_INET if ends[0].version == 4 else socket.AF_INET6])),
        _chunk(2, bytes([_PROTOCOLS.get(transport, socket.IPPROTO_TCP)])),
        _chunk(first_address, ends[0].packed),
        _chunk(first_address + 1, ends[1].packed),
        _chunk(7, struct.pack(">H", source.port)),
        _chunk(8, struct.pack(">H", destination.port)),
        _chunk(9, struct.pack(">I", seconds)),
        _chunk(10, struct.pack(">I", int((utc - seconds) * 1e6))),
        _chunk(11, bytes([_SIP])),
        _chunk(12, struct.pack(">I", capture_id)),
        *([_chunk(14, password.encode())] if password else []),
        _chunk(15, data),
    ]
    body = b"".join(chunks)
    return MAGIC + struct.pack(">H", len(body) + 6) + body


def _chunk(kind: int, value: bytes) -> bytes:
    """Vendor 0, the type, the length with this head, the value."""
    return struct.pack(">HHH", 0, kind, len(value) + 6) + value
