"""How long recordings are kept, and where their key comes from."""

from pathlib import Path

import pytest

from calls.recording.settings import RecordingRule, RecordingSettings
from sentral.recording_shelf import kept_days_of, key_of
from tests.web.routes.test_recordings import row

RULES = RecordingSettings(
    kept_days=90,
    messages_kept_days=30,
    queues={"billing": RecordingRule(kept_days=365), "sales": RecordingRule(record="always")},
)


@pytest.mark.parametrize(
    ("queue", "purpose", "days"),
    [
        ("billing", "call", 365),
        ("sales", "call", 90),
        (None, "call", 90),
        ("billing", "message", 30),
    ],
)
def test_a_queue_may_keep_its_recordings_longer(
    queue: str | None, purpose: str, days: float
) -> None:
    assert kept_days_of(RULES, row(queue=queue, purpose=purpose)) == days


def test_without_a_rule_all_are_kept() -> None:
    assert kept_days_of(RecordingSettings(), row()) is None


def test_a_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = RecordingSettings(key_env="RECORDING_KEY")
    with pytest.raises(ValueError, match="RECORDING_KEY is not set"):
        key_of(settings)
    monkeypatch.setenv("RECORDING_KEY", "0f" * 32)
    assert key_of(settings) == b"\x0f" * 32


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("0f" * 32 + "\n", encoding="ascii")
    file.chmod(0o644)
    with pytest.raises(ValueError, match="others may read"):
        key_of(RecordingSettings(key_file=str(file)))
    file.chmod(0o600)
    assert key_of(RecordingSettings(key_file=str(file))) == b"\x0f" * 32


def test_no_key_no_encryption() -> None:
    assert key_of(RecordingSettings()) is None
