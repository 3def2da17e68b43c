"""STUN keep-alive: RFC 5626 §3.5.2. A binding request on the SIP port is answered with where it
came from, so that a phone keeps its pinhole open and notices when it moved. RFC 5389 §6 to §7."""

import ipaddress
import struct
from typing import Final

HEADER_BYTES: Final = 20
MAGIC: Final = 0x2112A442
BINDING_REQUEST: Final = 0x0001
BINDING_RESPONSE: Final = 0x0101
XOR_MAPPED_ADDRESS: Final = 0x0020


def is_stun(data: bytes) -> bool:
    """Two zero bits and the magic cookie, which no SIP message begins with."""
    return len(data) >= HEADER_BYTES and data[0] < 0x40 and data[4:8] == MAGIC.to_bytes(4, "big")


def binding_response(data: bytes, host: str, port: int) -> bytes | None:
    """The answer to a binding request from `host`:`port`; None to anything else."""
    kind, length = struct.unpack_from(">HH", data)
    if kind != BINDING_REQUEST or length != len(data) - HEADER_BYTES:
        return None
    address = ipaddress.ip_address(host)
    mask = data[4:HEADER_BYTES]  # the cookie, and for IPv6 the transaction id, §15.2
    packed = bytes(ours ^ theirs for ours, theirs in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    value = struct.pack(">BBH", 0, family, port ^ (MAGIC >> 16)) + packed
    attribute = struct.pack(">HH", XOR_MAPPED_ADDRESS, len(value)) + value
    return struct.pack(">HH", BINDING_RESPONSE, len(attribute)) + mask + attribute
