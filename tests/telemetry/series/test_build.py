"""Which version runs."""

from tests.telemetry.observing import Observed


def test_the_version_is_a_label() -> None:
    assert Observed().value("sentral_build_info", version="1.2.3") == 1
