"""Ports for programs that bind late: nobody else gets them meanwhile."""

import subprocess
import sys

import pytest

from tests.rig import ports

TAKES_SOME = "from tests.rig.ports import free_ports; print(free_ports(4), flush=True); input()"


def test_another_process_keeps_its_ports_though_nothing_is_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TAKES_SOME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        first = int(other.stdout.readline())
        monkeypatch.setattr(ports, "_handed_out", set())
        monkeypatch.setattr(ports, "FIRST", first)
        monkeypatch.setattr(ports, "LAST", first + 3)  # the one place for two is its first
        with pytest.raises(AssertionError, match="no 2 neighbouring free ports"):
            ports.free_ports(2)


def test_none_is_handed_out_twice_until_it_was_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ports.free_ports(2)
    blocks = {ports.free_ports(2) for _ in range(50)}
    assert first not in blocks
    assert len(blocks) == 50
    for block in blocks:
        ports.give_back(block, 2)
    monkeypatch.setattr(ports, "FIRST", first)
    monkeypatch.setattr(ports, "LAST", first + 3)
    ports.give_back(first, 2)
    assert ports.free_ports(2) == first
    ports.give_back(first, 2)


def test_what_is_borrowed_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with ports.borrowed():
        first = ports.free_ports(2)
        monkeypatch.setattr(ports, "FIRST", first)
        monkeypatch.setattr(ports, "LAST", first + 3)
        with pytest.raises(AssertionError, match="no 2 neighbouring free ports"):
            ports.free_ports(2)
    assert ports.free_ports(2) == first


def test_what_a_loan_within_took_goes_back_with_that_one() -> None:
    outer, inner = ports.Loan(), ports.Loan()
    with outer:
        own = ports.free_ports(2)
        with inner:
            other = ports.free_ports(4)
    outer.give_back()
    held = set(ports._handed_out)
    assert range(own, own + 2) not in held
    assert range(other, other + 4) in held
    inner.give_back()
    assert range(other, other + 4) not in ports._handed_out
