"""A full queue: an agent is free, and their next INVITE comes how much later?

    python -m bench.full_queue [--waiting 2000] [--agents 500] [--freed 300] [--rate 80]

SIPp calls a real centre until every agent talks and so many wait. The agents' phones are ours:
they answer at once, and one after the other hangs up. Prints the time from that BYE to the next
INVITE for the same phone, the server's memory per caller who waits, and how often a later caller
overtook an earlier one, by the log.
"""

import argparse
import asyncio
import contextlib
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import Any, Final, cast

from bench.acd.decisions import quantile_us
from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.process_counts import memory_mb

PAUSE_S: Final = 0.02
"""Between two agents who hang up."""
PATIENCE_S: Final = 300.0
SOUND: Final = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


class Phones(asyncio.DatagramProtocol):
    """All agents' phones, at one address. `waits_s`: from a BYE to the next INVITE."""

    def __init__(self, port: int, sound_port: int) -> None:
        self.waits_s: list[float] = []
        self.talking: dict[str, dict[str, str]] = {}  # by phone, the INVITE's headers
        self._port = port
        self._sound = SOUND.format(host=LOOPBACK, port=sound_port)
        self._freed_at: dict[str, float] = {}
        self._invited = asyncio.Event()
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        now = asyncio.get_running_loop().time()
        first, *rows = data.decode().split("\r\n\r\n")[0].split("\r\n")
        if first.startswith("SIP/2.0") or first.startswith("ACK"):
            return
        method, uri, _ = first.split(" ")
        headers = {"uri": uri, "peer": addr}
        vias = []
        for name, value in (row.split(": ", 1) for row in rows):
            headers[name.lower()] = value
            if name.lower() == "via":
                vias.append(row_of("Via", value))
        body = ""
        if method == "INVITE":
            phone = uri.removeprefix("sip:").split("@")[0]
            if "tag=" not in headers["to"]:
                headers["to"] += f";tag=t{phone}"
                self.talking[phone] = headers
                if (freed_at := self._freed_at.pop(phone, None)) is not None:
                    self.waits_s.append(now - freed_at)
                self._invited.set()
            body = self._sound
        rows = [
            "SIP/2.0 200 OK", *vias, *(row_of(n, headers[n]) for n in ("from", "to")),
            *(row_of(n, headers[n]) for n in ("call-id", "cseq")),
            f"Contact: <sip:{LOOPBACK}:{self._port}>", "Content-Type: application/sdp",
            f"Content-Length: {len(body)}",
        ]  # fmt: skip
        self._transport.sendto(("\r\n".join(rows) + "\r\n\r\n" + body).encode(), addr)

    async def all_talk(self, agents: int) -> None:
        while len(self.talking) < agents:
            await self._next_invite()

    async def rang_again(self, times: int) -> None:
        while len(self.waits_s) < times:
            await self._next_invite()

    async def _next_invite(self) -> None:
        self._invited.clear()
        await self._invited.wait()

    def hang_up(self, phone: str) -> None:
        asked = self.talking.pop(phone)
        target = re.findall(r"<([^>]+)>", asked["contact"])[0]
        rows = [
            f"BYE {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{self._port};branch=z9hG4bK{asked['call-id']}{phone}",
            row_of("From", asked["to"]), row_of("To", asked["from"]),
            row_of("Call-ID", asked["call-id"]), "CSeq: 1 BYE", "Max-Forwards: 70",
            "Content-Length: 0",
        ]  # fmt: skip
        self._freed_at[phone] = asyncio.get_running_loop().time()
        self._transport.sendto(("\r\n".join(rows) + "\r\n\r\n").encode(), asked["peer"])


def row_of(name: str, value: str) -> str:
    return f"{name}: {value}"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--waiting", type=int, default=2000)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--freed", type=int, default=300)
    parser.add_argument("--rate", type=float, default=80.0, help="calls per second")
    options = parser.parse_args()
    port, sound = free_ports(2), free_ports(2)
    loop = asyncio.get_running_loop()
    transport, phones = await loop.create_datagram_endpoint(
        lambda: Phones(port, sound), local_addr=(LOOPBACK, port)
    )
    with tempfile.TemporaryDirectory() as folder:
        media = 2 * (options.waiting + 3 * options.agents + options.freed)
        changes = _plan(port, options.agents)
        async with Centre(Path(folder), sample="bench", changes=changes, rtp_ports=media) as centre:
            callers = await _callers(centre, options.agents + options.waiting, options.rate)
            async with asyncio.timeout(PATIENCE_S):
                await _measure(centre, phones, options)
            print(f"{overtakes(centre.folder / 'sentral.db')} callers were overtaken", flush=True)
        with contextlib.suppress(ProcessLookupError):  # the centre has said good-bye to them all
            callers.kill()
        await callers.wait()
    transport.close()


async def _measure(centre: Centre, phones: Phones, options: argparse.Namespace) -> None:
    pid = centre.process.pid
    await phones.all_talk(options.agents)
    talking_mb = memory_mb(pid)
    waiting = {"value": options.waiting, "within_s": PATIENCE_S, "queue": "support"}
    await centre.until_metric("sentral_queue_calls_waiting", **waiting)
    used_kb = (memory_mb(pid) - talking_mb) * 1000 / options.waiting
    for number, phone in enumerate(list(phones.talking)[: options.freed], 1):
        phones.hang_up(phone)
        await phones.rang_again(number)
        await asyncio.sleep(PAUSE_S)
    p50, p95 = (quantile_us(phones.waits_s, share) / 1000 for share in (0.5, 0.95))
    print(f"{options.waiting} waiting, {options.agents} agents, {options.freed} freed one by one")
    print(f"an agent free -> their next INVITE: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    print(f"memory per caller who waits: {used_kb:.0f} KB", flush=True)


async def _callers(centre: Centre, calls: int, rate: float) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("sipp", "-i", LOOPBACK, "-mp", str(free_ports(4)), "-nostdin", "-sn", "uac"),
        *("-s", "1001", "-m", str(calls), "-l", str(calls), "-r", f"{rate:g}"),
        *("-d", str(round(1000 * PATIENCE_S)), centre.sip),
        cwd=centre.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


def _plan(port: int, agents: int) -> dict[str, Any]:
    contact = f"sip:{{number}}@{LOOPBACK}:{port}"
    numbers = f"3001..{3000 + agents}"
    return {
        "agents": {"3001..3500": None, numbers: {"name": "Agent {number}"}},
        "phones": {"3001..3500": None, numbers: {"agent": "{number}", "contact": contact}},
        "telemetry": {"log_level": "warning"},
    }


def overtakes(database: Path) -> int:
    """Callers who were offered to an agent after somebody who had come later."""
    with sqlite3.connect(database) as events:
        rows = list(
            events.execute(
                "select kind, call from events where kind in ('CallQueued', 'CallOffered')"
                " order by seq"
            )
        )
    came = {call: at for at, (kind, call) in enumerate(rows) if kind == "CallQueued"}
    offered = [came[call] for kind, call in rows if kind == "CallOffered"]
    latest, found = -1, 0
    for at in offered:
        found += at < latest
        latest = max(latest, at)
    return found


if __name__ == "__main__":
    asyncio.run(main())
