"""Runs SIPp: callers, agents and phones that follow a scenario to the letter.

    result = await run_sipp("uac_calls_support", folder=tmp_path, remote=centre.sip)

    async with SippRun("uas_agent_answers", folder=tmp_path, calls=3) as agents:
        ...                               # agents.port is where they answer
        await agents.finish()

Scenarios are in `scenarios/`, named after what happens. Values go in by `keys` (`-key`) and `rows`
(`-inf`, one list of fields per call). A run is bounded by calls and by time; what it sent, received
and did not expect is in the folder, and the failure shows the end of it.
"""

import asyncio
import contextlib
import csv
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.processes import end, wait_until_bound
from tests.rig.rtp_pcap import encode_pcmu, rtp_packets, write_pcap
from tests.sound import babble

SCENARIOS: Final = Path(__file__).parent / "scenarios"
RTP_PORTS_PER_CALL: Final = 4
MOST_RTP_PORTS: Final = 2000
SHOWN_CHARS: Final = 6000
LOGS: Final = (
    *("-trace_err", "-error_file", "errors.log"),
    *("-trace_msg", "-message_file", "messages.log"),
    *("-trace_stat", "-stf", "statistics.csv", "-fd", "1"),
)


@dataclass(frozen=True, slots=True)
class SippResult:
    """How a run ended, by SIPp's own count."""

    successful: int
    failed: int
    messages: str
    """Every message with its time, as `-trace_msg` writes them."""


def register_row(user: str, password: str, contact: str) -> list[str]:
    """One phone of `register_phone`: SIPp takes credentials only as a field of their own."""
    return [user, f"[authentication username={user} password={password}]", contact]


class SippRun:
    """One SIPp process."""

    def __init__(
        self,
        scenario: str | Path,
        *,
        folder: Path,
        remote: str | None = None,
        calls: int = 1,
        rate: float = 10.0,
        at_once: int | None = None,
        pause_ms: int | None = None,
        keys: Mapping[str, str] | None = None,
        rows: Sequence[Sequence[str]] = (),
        port: int | None = None,
        transport: str = "udp",
        timeout_s: float = 90.0,
        sound: bytes = babble(4.0),
        presses: Sequence[tuple[int, str]] = (),
        arguments: Sequence[str] = (),
    ) -> None:
        """Prepares the run's folder; `async with` starts it.

        Args:
            remote: host:port to call; None waits for calls.
            pause_ms: how long the scenario's `<pause/>` takes.
            rows: fields per call, see the scenario; for `register_phone` from `register_row`.
            sound: what scenarios that talk say, over and over; 8 kHz, 16 bit, mono.
            presses: (milliseconds after the answer, key) of scenarios that press keys. These need
                root: SIPp plays captures by a raw socket.
        """
        if shutil.which("sipp") is None:
            pytest.skip("SIPp is not installed (Debian: apt-get install sip-tester)")
        source = SCENARIOS / f"{scenario}.xml" if isinstance(scenario, str) else scenario
        self.name = source.stem
        self.port = port or free_ports(2)
        self._folder = folder / f"sipp-{self.name}-{self.port}"
        self._folder.mkdir()
        self._timeout_s = timeout_s
        self._listens = remote is None
        self._udp = transport == "udp"
        self._write_sounds(sound, presses, pause_ms or 0)
        self._command = [
            *("sipp", *((remote,) if remote else ()), "-sf", str(source), "-nostdin"),
            *("-m", str(calls), "-r", f"{rate:g}"),
            *("-timeout", f"{timeout_s:g}s", "-timeout_error"),
            *self._sockets(calls),
            *LOGS,
            *(("-l", str(at_once)) if at_once else ()),
            *(("-d", str(pause_ms)) if pause_ms is not None else ()),
            *(word for key, value in (keys or {}).items() for word in ("-key", key, value)),
            *(("-inf", str(self._write_rows(rows))) if rows else ()),
            *arguments,
        ]

    def _sockets(self, calls: int) -> list[str]:
        """Everything on loopback; captures are played from four ports a call, from `-mp` on."""
        media_port = free_ports(min(calls * RTP_PORTS_PER_CALL, MOST_RTP_PORTS))
        return [
            *("-i", LOOPBACK, "-p", str(self.port), "-t", "u1" if self._udp else "t1"),
            *("-mi", LOOPBACK, "-mp", str(media_port)),
            *("-ci", LOOPBACK, "-cp", str(free_ports(2))),
        ]

    def _write_sounds(
        self, sound: bytes, presses: Sequence[tuple[int, str]], pause_ms: int
    ) -> None:
        (self._folder / "says.ulaw").write_bytes(encode_pcmu(sound))
        if presses and os.geteuid() != 0:
            pytest.skip("SIPp plays keys by a raw socket, which only root may open")
        length_ms = max([pause_ms, *(at + 1000 for at, _ in presses)])
        write_pcap(self._folder / "keys.pcap", rtp_packets(length_ms, presses))

    def _write_rows(self, rows: Sequence[Sequence[str]]) -> Path:
        path = self._folder / "rows.csv"
        lines = [";".join(row) for row in rows]
        path.write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        return path

    async def __aenter__(self) -> Self:
        with (self._folder / "screen.log").open("wb") as screen:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=screen,
                stderr=asyncio.subprocess.STDOUT,
            )
        if self._listens:
            await wait_until_bound(self.port, self._process, udp=self._udp)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await end(self._process)

    async def finish(self) -> SippResult:
        """Waits until all calls were made; fails unless every one followed the scenario."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), self._timeout_s + 10)
        assert self._process.returncode == 0, self._story()
        return self.result()

    def result(self) -> SippResult:
        """What happened, whether it went well or not. Read it after the process has ended."""
        counts = self._last_statistics()
        return SippResult(
            successful=int(counts.get("SuccessfulCall(C)", 0)),
            failed=int(counts.get("FailedCall(C)", 0)),
            messages=self._read("messages.log"),
        )

    def _last_statistics(self) -> dict[str, str]:
        rows = list(csv.DictReader(self._read("statistics.csv").splitlines(), delimiter=";"))
        return rows[-1] if rows else {}

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def _story(self) -> str:
        errors = self._read("errors.log") or self._read("screen.log")
        messages = self._read("messages.log")
        return (
            f"SIPp {self.name} ended with {self._process.returncode}; see {self._folder}\n"
            f"{errors[-SHOWN_CHARS:]}\n--- last messages\n{messages[-SHOWN_CHARS:]}"
        )


async def run_sipp(
    scenario: str | Path,
    *,
    folder: Path,
    remote: str,
    calls: int = 1,
    pause_ms: int | None = None,
    keys: Mapping[str, str] | None = None,
    rows: Sequence[Sequence[str]] = (),
    presses: Sequence[tuple[int, str]] = (),
    timeout_s: float = 90.0,
) -> SippResult:
    """Runs a scenario to its end and expects every call to follow it. More options: `SippRun`."""
    async with SippRun(
        scenario,
        folder=folder,
        remote=remote,
        calls=calls,
        pause_ms=pause_ms,
        keys=keys,
        rows=rows,
        presses=presses,
        timeout_s=timeout_s,
    ) as sipp:
        return await sipp.finish()
