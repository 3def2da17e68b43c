"""Which of our addresses a peer is told."""

from sip.edges.local_host import LocalHost, bracketed


def test_a_listening_address_is_the_answer() -> None:
    local = LocalHost("127.0.0.2")
    assert local.toward("192.0.2.1") == local.public("192.0.2.1") == "127.0.0.2"


def test_behind_a_router_peers_are_told_the_public_address() -> None:
    local = LocalHost("127.0.0.2", "203.0.113.1", ["10.0.0.0/8"])
    assert local.public("192.0.2.1") == "203.0.113.1"
    assert local.toward("192.0.2.1") == "127.0.0.2"
    assert local.public("10.1.2.3") == "127.0.0.2"
    assert local.public("not an address") == "203.0.113.1"


def test_listening_everywhere_asks_the_routing_table() -> None:
    local = LocalHost("0.0.0.0")
    assert local.toward("127.0.0.9") == "127.0.0.1"
    assert local.toward("not an address") == "0.0.0.0"


def test_ipv6_stands_in_brackets() -> None:
    assert bracketed("2001:db8::1") == "[2001:db8::1]"
    assert bracketed("[2001:db8::1]") == "[2001:db8::1]"
    assert bracketed("192.0.2.1") == "192.0.2.1"
