"""Rules for recordings name queues and agents that are there."""

from pathlib import Path

import pytest

from tests.config.test_loader import RIGHT, mistakes


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "queues: {sale: {record: always}}",
            "recording.queues.sale: there is no queue 'sale'; did you mean 'sales'?",
        ),
        ("agents: {'109': never}", "recording.agents.109: there is no agent '109'"),
        (
            "key_file: key, key_env: KEY",
            "recording.key_env: there is a `key_file:` already; write one of the two",
        ),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, rules: str, said: str) -> None:
    text = RIGHT.replace("emergency:", f"recording: {{{rules}}}\nemergency:", 1)
    (found,) = mistakes(tmp_path, text)
    assert said in found
