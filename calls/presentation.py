"""What a phone shows of the call that rings at it: who calls, why, and how it rings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from calls.leg import Party
from calls.settings import CallQueueSettings, MissedCalls, PresentationSettings
from events.ids import CallId, QueueName
from sip.headers.name_addr import NameAddr, format_name_addr
from sip.headers.privacy import ANONYMOUS
from sip.message import Headers
from sip.redirection import Diversion, diversion_headers
from sip.uri import Uri, format_uri

LONGEST: Final = 120
"""Characters of a name; phones show far fewer."""

LONGEST_HEADER: Final = 1000
"""Characters of what was collected: an INVITE should still fit into one datagram."""

ELSEWHERE: Final[Headers] = (("Reason", 'SIP;cause=200;text="Call completed elsewhere"'),)
"""In a CANCEL it tells a phone not to list the call as missed, RFC 3326."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the INVITE to a phone says: From's user and name, and further headers."""

    user: str
    display: str
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What others have found out before this phone rings.

    Attributes:
        spoke: names of the agents who sent the caller up a tier.
        collected: variables of the caller's flow.
    """

    spoke: tuple[str, ...] = ()
    collected: Mapping[str, Any] = field(default_factory=dict)


NOTHING: Final = Known()


class Presentation:
    """One per process: the settings of the centre and of each queue, applied."""

    def __init__(
        self,
        settings: PresentationSettings,
        queues: Mapping[QueueName, CallQueueSettings],
        *,
        domain: str,
    ) -> None:
        """`domain`: the host of asserted identities."""
        self._domain = domain
        self._settings = settings
        self._queues = queues

    def take(self, queues: Mapping[QueueName, CallQueueSettings]) -> None:
        """Go by another configuration from now on."""
        self._queues = queues

    def of(
        self,
        call: CallId,
        caller: Party,
        *,
        dialled: str,
        queue: QueueName | None = None,
        known: Known = NOTHING,
    ) -> Shown:
        """What a phone that rings for this caller shows; `queue` is where the caller waited."""
        settings, served = self._settings, self._queues.get(queue) if queue else None
        known = known if queue else NOTHING  # else it may go out through a trunk
        number = caller.number or ANONYMOUS
        texts = {
            "queue": self.label(queue) if queue else "",
            "name": caller.name,
            "number": number,
            "caller": caller.name or number,
            "dialled": dialled,
            "call": call,
            "spoke": ", ".join(known.spoke),
        }
        display = settings.display if queue else settings.direct_display
        alert = settings.alert_info
        if served is not None:
            display = display if served.display is None else served.display
            alert = alert if served.alert_info is None else served.alert_info
        if queue and known.spoke:
            display = settings.escalated_display
        asserted = self._asserted(caller) if settings.caller_in != "from" and queue else ()
        further = (
            ("Alert-Info", alert.format_map(texts)),
            (settings.call_header, call),
            (settings.queue_header, queue or ""),
            (settings.spoke_header, _listed(known.spoke)),
            (settings.collected_header, self._collected(known.collected)),
        )
        return Shown(
            queue if settings.caller_in == "asserted" and queue else number,
            display.format_map(texts).strip()[:LONGEST],
            (*asserted, *((name, value) for name, value in further if name and value)),
        )

    def diverted(self, diversions: Sequence[Diversion]) -> Headers:
        """Who passed the call on, for the phone where it rings."""
        return diversion_headers(diversions, style="diversion", domain=self._domain, target="")

    def label(self, queue: QueueName) -> str:
        """What people read of a queue."""
        served = self._queues.get(queue)
        return (served.label if served else "") or queue

    def farewell(self, queue: QueueName, *, answered_elsewhere: bool) -> Headers:
        """What the CANCEL to a phone that rang for the queue says of missed calls."""
        served = self._queues.get(queue)
        policy: MissedCalls = (served and served.missed_calls) or self._settings.missed_calls
        unmissed = policy == "never" or (policy == "unless_answered" and answered_elsewhere)
        return ELSEWHERE if unmissed else ()

    def _collected(self, variables: Mapping[str, Any]) -> str:
        """Those that were asked for and are there, as far as they fit; only texts, numbers and
        yes or no."""
        told = ""
        for name in self._settings.collected:
            value = variables.get(name)
            if isinstance(value, str | int | float):
                longer = f"{told};" * bool(told) + f"{name}={quote(str(value)[:LONGEST])}"
                told = longer if len(longer) <= LONGEST_HEADER else told
        return told

    def _asserted(self, caller: Party) -> Headers:
        if not caller.number:
            return ()
        uri = format_uri(Uri("sip", caller.number, self._domain))
        return (("P-Asserted-Identity", format_name_addr(NameAddr(caller.name[:LONGEST], uri))),)


def _listed(names: Sequence[str]) -> str:
    """For a header: names may be of any script."""
    return ", ".join(quote(name[:LONGEST], safe=" ") for name in names)
