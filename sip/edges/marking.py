"""Marking what a socket sends, so that networks treat signalling as such: RFC 2474."""

import socket
from contextlib import suppress


def mark(sock: socket.socket, dscp: int) -> None:
    """Six bits for every packet of this socket; a system that refuses still sends them."""
    with suppress(OSError):
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
