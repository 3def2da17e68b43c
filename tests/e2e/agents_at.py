"""Agents' phones at fixed addresses, each played by SIPp or by nobody, and flows without a menu."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.e2e.hearing import PATIENCE_S, Ear
from tests.e2e.script import OFFER, Script
from tests.e2e.stage import CALM
from tests.rig.centre import merged
from tests.rig.handset import Handset
from tests.rig.ports import free_ports
from tests.rig.sipp import SippRun
from tests.sound import Samples

DEMO: Final = {"2001": "101", "2002": "102", "2003": "103", "2004": "104", "2005": "105"}
"""Whose phone is whose in the demo."""

CENTRES_EVENTS: Final = 101
"""Payload type under which the centre offers to hear keys."""

EXPRESS: Final = """\
# Straight to a queue, as a menu would have led there.
description: For tests that press no keys.
languages: [en, id, es]
start: choose_language
nodes:
  choose_language: {{kind: language, language: {language}, next: wait}}
  wait:
    kind: queue
    queue: {queue}
    skills: {skills}
    priority: "{{{{ 5 if customer.vip else 0 }}}}"
    next: bye
    otherwise: bye
  bye: {{kind: hang_up}}
"""


@dataclass
class Stage:
    """What a test sets up before its centre starts."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    _flows: dict[str, str] = field(default_factory=dict)

    def phone(self, user: str) -> int:
        """The port at which this phone is expected; who answers there is the test's matter."""
        self.ports[user] = free_ports(2)
        return self.ports[user]

    def flow(self, number: str, *, queue: str, language: str = "en", skills: str = "{}") -> None:
        """A number that leads to a queue, with customers recognised by their number."""
        self.text(number, EXPRESS.format(queue=queue, language=language, skills=skills))

    def text(self, number: str, flow: str) -> None:
        """A number that leads to this flow, in YAML."""
        name = f"express_{number}"
        (self._folder() / f"{name}.yaml").write_text(flow)
        self._flows[number] = name

    def changes(self, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """For `Centre`: the phones' contacts and the numbers of the flows."""
        own: dict[str, Any] = {
            "phones": {
                user: {"contact": f"sip:{user}@127.0.0.1:{port}"}
                for user, port in self.ports.items()
            }
        }
        if self._flows:
            own["flows"] = str(self._folder())
            own["numbers"] = [
                {"dial": "1001", "queue": "support"},
                *({"dial": number, "flow": flow} for number, flow in self._flows.items()),
            ]
        whole: dict[str, Any] = merged(merged(CALM, own), more or {})
        return whole

    def _folder(self) -> Path:
        flows = self.folder / "flows"
        flows.mkdir(exist_ok=True)
        return flows


@asynccontextmanager
async def agent_with_ear(
    port: int, folder: Path, *, answers_with: int = CENTRES_EVENTS, presses_as: int = CENTRES_EVENTS
) -> AsyncIterator[tuple[SippRun, Handset]]:
    """An agent's phone that answers at once, until the other side hangs up: SIPp speaks for it,
    and a handset listens and presses its keys. Payload types of telephone-events: the one in its
    answer, and the one that it sends them with."""
    async with Handset(events_as=presses_as) as handset:
        script = Script(f"agent_at_{port}", sound_port=handset.port, events_as=answers_with)
        tag, contact = f";tag=[pid]agent{port}", "sip:agent@[local_ip]:[local_port]"
        script.receive_request("INVITE")
        script.respond(180, "Ringing", to_tag=tag, contact=contact)
        script.respond(200, "OK", to_tag=tag, contact=contact, sdp=OFFER)
        script.receive_request("ACK")
        script.receive_request("BYE")
        script.respond(200, "OK")
        async with SippRun(
            script.write(folder), folder=folder, port=port, timeout_s=2 * PATIENCE_S
        ) as sipp:
            yield sipp, handset


@asynccontextmanager
async def caller_with_ear(
    remote: str, number: str, folder: Path
) -> AsyncIterator[tuple[SippRun, Handset]]:
    """A caller who stays until the other side hangs up."""
    async with Handset() as handset:
        script = Script(f"caller_of_{number}", sound_port=handset.port)
        script.send("INVITE", sdp=OFFER)
        script.receive(200, opens=True)
        script.send("ACK")
        script.receive_request("BYE")
        script.respond(200, "OK")
        async with SippRun(
            script.write(folder),
            folder=folder,
            remote=remote,
            keys={"number": number, "caller": "5551234"},
            timeout_s=2 * PATIENCE_S,
        ) as sipp:
            yield sipp, handset


def ear_at(handset: Handset) -> Ear:
    async def heard() -> Samples:
        return handset.heard()

    return Ear(heard)


async def hears(handset: Handset, played: Samples) -> None:
    """Waits until this was heard, undamaged. Raises AssertionError."""
    await ear_at(handset).hears(played)
