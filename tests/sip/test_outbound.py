"""Flows (RFC 5626), Path (RFC 3327) and NAT, as the registrar keeps and answers them."""

import json

import pytest

from sip.address import Address, Target
from sip.location import BindingChange, Location
from sip.message import Headers, header_or_none, header_values
from tests.sip.people import PHONE_SOURCE
from tests.sip.test_registrar import CONTACT, Phone

OUTBOUND: Headers = (("Supported", "path, outbound"),)
INSTANCE = '"<urn:uuid:0c67446e-f1a1-11d9-94d3-000a95a0e128>"'
EDGE = "<sip:edge.example:5060;lr>"
EDGE_OB = "<sip:edge.example:5060;lr;ob>"
PROXIED: Headers = (("Via", "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKphone"),)


def flow(number: int, *, port: int = 5060, instance: str = INSTANCE, expires: int = 300) -> str:
    uri = f"sip:2001@10.0.0.5:{port};ob"
    return f"<{uri}>;reg-id={number};+sip.instance={instance};expires={expires}"


def test_a_flow_is_told_that_it_is_kept_and_how_often_to_show_a_sign_of_life() -> None:
    answer = Phone(flow_timer_s=90).send(flow(1), headers=OUTBOUND).response
    assert header_or_none(answer, "Require") == "outbound"
    assert header_or_none(answer, "Flow-Timer") == "90"
    (contact,) = header_values(answer, "Contact")
    assert f"+sip.instance={INSTANCE}" in contact
    assert "reg-id=1" in contact


def test_a_flow_replaces_itself_whatever_its_contact() -> None:
    phone = Phone()
    phone.send(flow(1, port=6001), headers=OUTBOUND)
    phone.send(flow(2, port=6002), headers=OUTBOUND, now=1.0, call_id="second")
    phone.send(flow(1, port=6003), headers=OUTBOUND, now=2.0)
    assert phone.contacts(2.0) == ["sip:2001@10.0.0.5:6003;ob", "sip:2001@10.0.0.5:6002;ob"]
    gone = phone.send(flow(2, port=6009, expires=0), headers=OUTBOUND, now=3.0, call_id="second")
    assert gone.response.status == 200
    assert phone.contacts(3.0) == ["sip:2001@10.0.0.5:6003;ob"]


def test_two_flows_may_have_one_contact() -> None:
    phone = Phone()
    phone.send(flow(1), headers=OUTBOUND)
    phone.send(flow(2), headers=OUTBOUND, source=PHONE_SOURCE._replace(port=5999))
    sources = [binding.source.port for binding in phone.location.bindings("2001", 0.0)]
    assert sorted(sources) == [PHONE_SOURCE.port, 5999]


@pytest.mark.parametrize(
    ("contact", "headers"),
    [
        (flow(1), ()),  # does not support it
        (flow(0), OUTBOUND),
        (flow(2**31), OUTBOUND),
        (f"{CONTACT};reg-id=one;+sip.instance={INSTANCE}", OUTBOUND),
        (f"{CONTACT};reg-id=1", OUTBOUND),
        (flow(1, instance=f'"<urn:{"x" * 300}>"'), OUTBOUND),
    ],
)
def test_what_is_no_flow_is_an_ordinary_contact(contact: str, headers: Headers) -> None:
    phone = Phone()
    answer = phone.send(contact, headers=headers).response
    assert (answer.status, header_or_none(answer, "Require")) == (200, None)
    (binding,) = phone.location.bindings("2001", 0.0)
    assert binding.reg_id == 0


def test_a_flow_is_registered_alone() -> None:
    phone = Phone()
    assert phone.send(flow(1), CONTACT, headers=OUTBOUND).response.status == 400
    assert phone.contacts() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [((), 439), ((("Path", EDGE),), 439), ((("Path", f"{EDGE}, {EDGE_OB}"),), 200)],
)
def test_behind_a_proxy_that_does_not_keep_flows_there_is_none(path: Headers, status: int) -> None:
    answer = Phone().send(flow(1), headers=(*OUTBOUND, *PROXIED, *path)).response
    assert answer.status == status
    assert header_or_none(answer, "Flow-Timer") is None


@pytest.mark.parametrize("supported", [True, False])
def test_the_path_is_the_route_to_the_phone(supported: bool) -> None:
    phone = Phone()
    path = ("Path", f"{EDGE}, <sip:far.example;lr>")
    tags: Headers = OUTBOUND if supported else ()
    answer = phone.send(CONTACT, headers=(*PROXIED, path, *tags)).response
    route = (EDGE, "<sip:far.example;lr>")
    assert tuple(header_values(answer, "Path")) == (route if supported else ())
    assert phone.location.targets("2001", 0.0) == [
        Target("sip:2001@10.0.0.5:5060", route=route, registered=True)
    ]


@pytest.mark.parametrize(
    "path", ["<sip:strict.example>", "<tel:+1>", "nonsense", ",".join([EDGE] * 9)]
)
def test_a_path_that_cannot_be_routed_by_is_refused(path: str) -> None:
    phone = Phone()
    with pytest.raises(Exception, match="Path"):
        phone.send(CONTACT, headers=(("Path", path),))
    assert phone.contacts() == []


def test_a_devices_flows_are_tried_before_the_next_device() -> None:
    phone = Phone()
    other = '"<urn:uuid:other>"'
    phone.send(flow(1, port=6001), headers=OUTBOUND, now=0.0, call_id="a")
    phone.send(flow(1, port=7001, instance=other), headers=OUTBOUND, now=1.0, call_id="b")
    phone.send(flow(2, port=6002), headers=OUTBOUND, now=2.0, call_id="c")
    assert [uri.rpartition(":")[2] for uri in phone.contacts(2.0)] == [
        "6002;ob",
        "6001;ob",
        "7001;ob",
    ]


def test_a_closed_connection_takes_its_flow_but_not_what_came_through_a_proxy() -> None:
    phone = Phone()
    line = Address("TCP", "192.0.2.1", 41000)
    phone.send(flow(1), headers=OUTBOUND, source=line)
    phone.send(flow(2), headers=OUTBOUND, call_id="second")
    phone.send("<sip:2001@10.0.0.7>", headers=(*PROXIED, ("Path", EDGE)), source=line, call_id="x")
    assert phone.location.drop_source(line, 1.0) == []
    assert sorted(phone.contacts(1.0)) == ["sip:2001@10.0.0.5:5060;ob", "sip:2001@10.0.0.7"]


def test_a_failed_flow_is_forgotten() -> None:
    phone = Phone()
    phone.send(CONTACT, headers=(*PROXIED, ("Path", EDGE)))
    (target,) = phone.location.targets("2001", 0.0)
    assert phone.location.drop_flow(target, 0.0) == [
        BindingChange("2001", reachable=False, reason="unreachable")
    ]
    assert phone.location.drop_flow(target, 0.0) == []


def test_flows_and_paths_survive_a_restart() -> None:
    phone = Phone()
    phone.send(flow(3), headers=(*OUTBOUND, *PROXIED, ("Path", EDGE_OB)), now=10.0)
    kept = json.loads(json.dumps(phone.location.snapshot(20.0)))
    later = Location()
    later.restore(kept, 5.0, elapsed_s=40.0)
    assert later.targets("2001", 5.0) == phone.location.targets("2001", 20.0)
    (before,), (after,) = phone.location.bindings("2001", 20.0), later.bindings("2001", 5.0)
    assert (after.instance, after.reg_id, after.path) == (before.instance, 3, (EDGE_OB,))
    assert after.expires_at == 5.0 + 290.0 - 40.0


def test_what_an_older_version_kept_is_still_read() -> None:
    phone = Phone()
    phone.send(CONTACT)
    kept = [
        {k: v for k, v in entry.items() if k not in ("path", "instance", "reg_id", "behind_nat")}
        for entry in phone.location.snapshot(0.0)
    ]
    later = Location()
    later.restore(kept, 0.0)
    assert [target.uri for target in later.targets("2001", 0.0)] == ["sip:2001@10.0.0.5:5060"]


@pytest.mark.parametrize(
    ("via", "contact", "source", "behind_nat"),
    [
        ("UDP 192.0.2.1:5062", "sip:2001@192.0.2.1:5062", PHONE_SOURCE, False),
        ("UDP 192.0.2.1:5062", "sip:2001@10.0.0.5:5062", PHONE_SOURCE, True),
        ("UDP 10.0.0.5:5062", "sip:2001@192.0.2.1:5062", PHONE_SOURCE, True),
        ("UDP 192.0.2.1:5070", "sip:2001@192.0.2.1:5062", PHONE_SOURCE, True),
        ("UDP 192.0.2.1:5062", "sip:2001@192.0.2.1", PHONE_SOURCE, True),
        ("UDP 192.0.2.1", "sip:2001@192.0.2.1", PHONE_SOURCE._replace(port=5060), False),
        ("TCP 192.0.2.1:5060", "sip:2001@192.0.2.1", Address("TCP", "192.0.2.1", 40000), False),
        ("TLS 10.0.0.5", "sip:2001@10.0.0.5", Address("TLS", "192.0.2.1", 40000), True),
        ("WSS x.invalid", "sip:2001@x.invalid", Address("WSS", "192.0.2.1", 40000), True),
        (
            "UDP [2001:db8::5]:5060",
            "sip:2001@[2001:db8::5]",
            Address("UDP", "2001:db8::5", 5060),
            False,
        ),
    ],
)
def test_nat_is_seen_where_the_phone_and_its_packets_disagree(
    via: str, contact: str, source: Address, behind_nat: bool
) -> None:
    phone = Phone()
    phone.send(f"<{contact}>", source=source, via=f"SIP/2.0/{via};branch=z9hG4bK1")
    (binding,) = phone.location.bindings("2001", 0.0)
    assert binding.behind_nat is behind_nat


def test_what_lies_behind_a_proxy_is_the_proxys_business() -> None:
    phone = Phone()
    phone.send(CONTACT, headers=PROXIED)
    (binding,) = phone.location.bindings("2001", 0.0)
    assert not binding.behind_nat
