"""Signalling is marked for the network, on every kind of socket."""

import socket

import pytest

from sip.edges.marking import mark


@pytest.mark.parametrize(
    ("family", "level", "option"),
    [
        (socket.AF_INET, socket.IPPROTO_IP, socket.IP_TOS),
        (socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_TCLASS),
    ],
)
@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_cs3_is_in_the_upper_six_bits(family: int, level: int, option: int, kind: int) -> None:
    with socket.socket(family, kind) as sock:
        mark(sock, 24)
        assert sock.getsockopt(level, option) == 24 << 2
