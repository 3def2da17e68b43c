"""Where phones are: expiry, reachability, and surviving a restart."""

import json

from sip.address import Address, Target
from sip.location import Binding, BindingChange, Location, same_contact

SOURCE = Address("UDP", "192.0.2.1", 5062)


def binding(user: str = "2001", *, expires_at: float = 60.0, **changed: object) -> Binding:
    values: dict[str, object] = {
        "user": user,
        "contact_uri": f"sip:{user}@10.0.0.1:5060",
        "source": SOURCE,
        "expires_at": expires_at,
        "registered_at": 0.0,
        "call_id": "c",
        "cseq": 1,
    }
    return Binding(**(values | changed))  # type: ignore[arg-type]


def test_requests_go_where_the_register_came_from() -> None:
    location = Location()
    location.replace("2001", [binding()], 0.0)
    target = Target("sip:2001@10.0.0.1:5060", address=SOURCE, registered=True)
    assert location.target("2001", 59.9) == target
    assert location.target("2001", 60.0) is None
    assert location.target("2002", 0.0) is None


def test_the_preferred_and_then_the_newest_binding_comes_first() -> None:
    location = Location()
    bindings = [
        binding(contact_uri="sip:old", registered_at=1.0),
        binding(contact_uri="sip:new", registered_at=2.0),
        binding(contact_uri="sip:last", registered_at=3.0, q=0.5),
    ]
    location.replace("2001", bindings, 3.0)
    assert [b.contact_uri for b in location.bindings("2001", 3.0)] == [
        "sip:new",
        "sip:old",
        "sip:last",
    ]


def test_only_changes_of_reachability_are_told() -> None:
    location = Location()
    up = [BindingChange("2001", reachable=True, reason="registered")]
    down = [BindingChange("2001", reachable=False, reason="unregistered")]
    assert location.replace("2001", [binding()], 0.0) == up
    assert location.replace("2001", [binding(expires_at=90.0)], 0.0) == []
    assert location.replace("2001", [], 0.0) == down
    assert location.replace("2001", [], 0.0) == []


def test_expiry_is_told_once_at_its_deadline() -> None:
    location = Location()
    location.replace("2001", [binding(expires_at=60.0)], 0.0)
    location.replace("2001", [binding(expires_at=120.0)], 50.0)  # a refresh
    assert location.next_deadline() == 120.0
    assert location.expire(60.0) == []
    assert location.expire(120.0) == [BindingChange("2001", reachable=False, reason="expired")]
    assert location.expire(121.0) == []
    assert location.next_deadline() is None
    assert len(location) == 0


def test_a_second_phone_keeps_its_user_reachable() -> None:
    location = Location()
    both = [binding(contact_uri="sip:a"), binding(contact_uri="sip:b", expires_at=90.0)]
    location.replace("2001", both, 0.0)
    assert location.expire(60.0) == []
    assert location.next_deadline() == 90.0
    assert location.expire(90.0) == [BindingChange("2001", reachable=False, reason="expired")]


def test_static_contacts_never_expire_and_yield_to_registrations() -> None:
    location = Location({"3001": Target("sip:3001@127.0.0.1:6000")})
    assert location.target("3001", 1e9) == Target("sip:3001@127.0.0.1:6000")
    assert location.replace("3001", [binding("3001")], 0.0) == []
    assert location.target("3001", 0.0) == Target(
        "sip:3001@10.0.0.1:5060", address=SOURCE, registered=True
    )
    assert location.expire(60.0) == []
    assert location.is_reachable("3001", 61.0)


def test_changed_static_contacts_are_told() -> None:
    location = Location({"a": Target("sip:a@h")})
    assert location.set_static({"b": Target("sip:b@h")}, 0.0) == [
        BindingChange("a", reachable=False, reason="unregistered"),
        BindingChange("b", reachable=True, reason="registered"),
    ]
    assert location.static_users == {"b"}


def test_a_closed_connection_takes_its_bindings_along() -> None:
    location = Location()
    tcp = Address("TCP", "192.0.2.1", 40000)
    location.replace("2001", [binding(source=tcp)], 0.0)
    location.replace("2002", [binding("2002")], 0.0)
    assert location.drop_source(tcp, 1.0) == [
        BindingChange("2001", reachable=False, reason="unreachable")
    ]
    assert location.is_reachable("2002", 1.0)


def test_a_snapshot_survives_a_restart_and_the_time_it_took() -> None:
    before = Location()
    before.replace("2001", [binding(expires_at=60.0, received_by=SOURCE)], 0.0)
    before.replace("2002", [binding("2002", expires_at=15.0)], 0.0)
    kept = json.loads(json.dumps(before.snapshot(10.0)))
    after = Location()
    changes = after.restore(kept, 1000.0, elapsed_s=10.0)
    assert changes == [BindingChange("2001", reachable=True, reason="registered")]
    (restored,) = after.bindings("2001", 1000.0)
    assert restored == binding(expires_at=1040.0, registered_at=980.0, received_by=SOURCE)
    assert after.next_deadline() == 1040.0


def test_refreshes_leave_nothing_behind() -> None:
    location = Location()
    for n in range(20_000):
        location.replace("2001", [binding(expires_at=3600.0 + n)], float(n))
    assert len(location._deadlines) < 3000
    assert location.next_deadline() == 3600.0 + 19_999


def test_contacts_are_compared_as_uris() -> None:
    assert same_contact("sip:a@h", "SIP:a@H")
    assert not same_contact("sip:a@h", "sip:a@h:5060")
    assert not same_contact("nonsense", "sip:a@h")


def test_a_move_is_told_and_a_refresh_is_not() -> None:
    location, moves = Location(), list[str]()
    location.on_move = lambda: moves.append("moved")
    location.replace("2001", [binding()], 0.0)
    location.replace("2001", [binding(expires_at=90.0, registered_at=1.0)], 0.0)
    assert len(moves) == 1
    location.replace("2001", [binding(source=SOURCE._replace(port=5999))], 0.0)
    location.replace("2001", [], 0.0)
    assert len(moves) == 3
