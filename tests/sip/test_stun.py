"""The STUN keep-alive of RFC 5626."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from sip.stun import MAGIC, binding_response, is_stun

TRANSACTION = bytes(range(12))
REQUEST = struct.pack(">HHI", 1, 0, MAGIC) + TRANSACTION


def test_a_binding_request_is_told_where_it_came_from() -> None:
    assert is_stun(REQUEST)
    response = binding_response(REQUEST, "192.0.2.1", 32853)
    assert response is not None
    assert response[:2] == b"\x01\x01"
    assert response[4:20] == REQUEST[4:20]
    # the example of RFC 5769 §2.2: 192.0.2.1:32853
    assert response[20:] == bytes.fromhex("0020000800 01a147e112a643".replace(" ", ""))


def test_ipv6_is_masked_with_the_transaction_too() -> None:
    response = binding_response(REQUEST, "2001:db8::1", 1)
    assert response is not None
    assert struct.unpack_from(">HHBB", response, 20) == (0x0020, 20, 0, 2)
    mask = REQUEST[4:20]
    host = bytes(a ^ b for a, b in zip(response[28:44], mask, strict=True))
    assert host == bytes.fromhex("20010db8000000000000000000000001")


@given(st.binary(max_size=60))
def test_anything_else_is_no_binding_request(data: bytes) -> None:
    if is_stun(data):
        response = binding_response(data, "192.0.2.1", 1)
        assert response is None or data[:2] == b"\x00\x01"


def test_sip_is_not_stun() -> None:
    assert not is_stun(b"OPTIONS sip:a SIP/2.0\r\n\r\n")
    assert binding_response(REQUEST + b"more", "192.0.2.1", 1) is None
