"""How a test's changes are laid over the demo's configuration."""

from tests.rig.centre import merged


def test_changes_are_merged_deeply_and_none_removes() -> None:
    original = {"sip": {"port": 5060, "realm": "sentral"}, "numbers": [1, 2], "customers": "a.csv"}
    changes: dict[str, object] = {
        "sip": {"port": 1},
        "numbers": [3],
        "customers": None,
        "queues": {"new": {}},
    }
    assert merged(original, changes) == {
        "sip": {"port": 1, "realm": "sentral"},
        "numbers": [3],
        "queues": {"new": {}},
    }
