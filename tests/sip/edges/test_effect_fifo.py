"""Effects in order, never inside one another, and a failing one costs only itself."""

import pytest

from sip.edges.effect_fifo import EffectFifo


def test_what_an_effect_causes_comes_after_what_was_waiting() -> None:
    fifo, done = EffectFifo(), list[str]()

    def perform(effect: str) -> None:
        done.append(f"{effect} begins")
        if effect == "a":
            fifo.run(perform, ["caused"])
        done.append(f"{effect} ends")

    fifo.run(perform, ["a", "b"])
    assert done == [
        f"{effect} {what}" for effect in ("a", "b", "caused") for what in ("begins", "ends")
    ]


def test_a_failing_effect_costs_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    fifo, done = EffectFifo(), list[int]()

    def perform(effect: int) -> None:
        if effect == 1:
            raise RuntimeError("our own bug")
        done.append(effect)

    fifo.run(perform, [0, 1, 2])
    fifo.run(perform, [3])
    assert done == [0, 2, 3]
    assert "our own bug" in caplog.text
    caplog.clear()
