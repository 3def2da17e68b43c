"""A router with NAT between a phone's network and ours, made of network namespaces.

    with nat() as there:
        ...here everything that this thread starts is outside, at `there.outside`;
        Softphone(..., address=there.inside, namespace=there.phone) is behind the router

The router masquerades, and forgets a UDP mapping after two seconds of silence, three when both
sides have spoken. Needs root, `ip` and `iptables`; skips with the reason elsewhere.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

CLONE_NEWNET: Final = 0x40000000
FORGETS_AFTER_S: Final = 2
FORGETS_TALK_AFTER_S: Final = 3
_RUN: Final = Path("/run/netns")


@dataclass(frozen=True, slots=True)
class Nat:
    """`phone`: name of the namespace behind the router; the addresses of both ends."""

    phone: str
    inside: str = "10.77.0.2"
    outside: str = "10.78.0.2"
    router: str = "10.78.0.1"


@contextmanager
def nat() -> Iterator[Nat]:
    """The thread is outside until the block ends."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("iptables"):
        pytest.skip("a NAT in network namespaces needs root, iproute2 and iptables")
    stem = f"sentral{os.getpid()}"
    public, router, phone = (f"{stem}-{name}" for name in ("public", "router", "phone"))
    with ExitStack() as stack:
        for name in (public, router, phone):
            _make(name)
            stack.callback(_ip, "netns", "del", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _cable(router, "in", "10.77.0.1", phone, "10.77.0.2")
        _cable(router, "out", "10.78.0.1", public, "10.78.0.2")
        _ip("-n", phone, "route", "add", "default", "via", "10.77.0.1")
        _masquerade(router)
        stack.enter_context(_inside(public))
        yield Nat(phone)


def _make(name: str) -> None:
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespaces here: {made.stderr.strip()}")


def _cable(router: str, port: str, address: str, other: str, far: str) -> None:
    _ip("-n", router, "link", "add", port, "type", "veth", "peer", "name", "eth", "netns", other)
    for name, device, own in ((router, port, address), (other, "eth", far)):
        _ip("-n", name, "addr", "add", f"{own}/24", "dev", device)
        _ip("-n", name, "link", "set", device, "up")


def _masquerade(router: str) -> None:
    _in(router, "iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "out", "-j", "MASQUERADE")
    for key, value in (
        ("net/ipv4/ip_forward", 1),
        ("net/netfilter/nf_conntrack_udp_timeout", FORGETS_AFTER_S),
        ("net/netfilter/nf_conntrack_udp_timeout_stream", FORGETS_TALK_AFTER_S),
    ):
        _in(router, "sh", "-c", f"echo {value} > /proc/sys/{key}")


@contextmanager
def _inside(name: str) -> Iterator[None]:
    """Sockets and processes of this thread belong there, and of threads that it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as before, (_RUN / name).open("rb") as there:
        assert libc.setns(there.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert libc.setns(before.fileno(), CLONE_NEWNET) == 0


def _in(name: str, *command: str) -> None:
    done = subprocess.run(
        ["ip", "netns", "exec", name, *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no NAT in a namespace here: {done.stderr.strip()}")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
