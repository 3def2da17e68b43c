"""Agents' phones at fixed addresses, each played by SIPp or by nobody, and flows without a menu."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.e2e.stage import CALM
from tests.rig.centre import merged
from tests.rig.ports import free_ports

DEMO: Final = {"2001": "101", "2002": "102", "2003": "103", "2004": "104", "2005": "105"}
"""Whose phone is whose in the demo."""

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
