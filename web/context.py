"""What the HTTP side needs of the centre, as callables: `sentral` fills it, tests fill it too."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from acd.model import AgentView, QueueView
from events.ids import AgentId, CallId, PhoneId, QueueName
from records.past import CallDetail, CallFilter, CallRow
from web.call_actions import CallActions
from web.callback_desk import CallBackDesk
from web.feed import EventFeed
from web.mailbox_desk import MailboxDesk
from web.models import AgentFigures, LiveCall
from web.recording_desk import RecordingDesk


@dataclass(frozen=True, kw_only=True)
class WebContext:
    """Those marked *blocking* are called in a thread; all others on the loop, and must be quick.

    Actions raise `calls.problems.Refused` when they cannot be done; it is answered with 409.
    """

    version: str
    steady: Callable[[], float]
    """Seconds on the clock by which `AgentView.since` and the like are told."""

    not_ready: Callable[[], Sequence[str]]
    """Why the centre is not ready, a phrase each; empty when it is."""

    refresh_metrics: Callable[[], None]
    render_metrics: Callable[[], bytes]
    """Blocking. The text of a scrape."""
    metrics_type: str = "text/plain; version=0.0.4; charset=utf-8"

    agents: Callable[[], Sequence[AgentView]]
    agent_name: Callable[[AgentId], str]
    agent_figures: Callable[[float, float], Sequence[AgentFigures]]
    """Blocking. Between two instants, seconds since 1970."""
    queues: Callable[[], Sequence[QueueView]]
    live_calls: Callable[[], Sequence[LiveCall]]

    past_calls: Callable[[CallFilter], Sequence[CallRow]]
    """Blocking. Newest first."""
    call: Callable[[CallId], CallDetail | None]
    """Blocking."""
    ladder: Callable[[CallId, int], str | None]
    """The SIP ladder of a call within so many columns; None when memory has none of it."""
    past_ladder: Callable[[CallId, int], str | None]
    """Blocking. The same from what is kept on disk."""

    on_calls: CallActions
    recordings: RecordingDesk
    mailboxes: MailboxDesk
    callbacks: CallBackDesk

    is_pin: Callable[[AgentId, str], bool]
    """Blocking. Whether the PIN is the agent's."""
    sign_in: Callable[[AgentId, PhoneId], None]
    sign_out: Callable[[AgentId, str], None]
    """The last word here and below is who did it."""
    make_available: Callable[[AgentId, str], None]
    make_not_available: Callable[[AgentId, str, str], None]
    end_wrap_up: Callable[[AgentId], None]
    extend_wrap_up: Callable[[AgentId, float], None]
    escalate: Callable[[CallId], None]
    """Send the caller of a conversation up a tier."""
    close_queue: Callable[[QueueName, str, str, str], None]
    """(queue, reason, by, what becomes of those who wait)"""
    open_queue: Callable[[QueueName, str], None]

    flow_versions: Callable[[], dict[str, str]]
    """Name to version of the flows that new calls take."""
    reload_flows: Callable[[], Awaitable[tuple[Sequence[str], Sequence[str]]]]
    """Read them anew: names of those that changed, and problems, which keep all as it was."""
    reload: Callable[[], Awaitable[Mapping[str, Sequence[str]]]]
    """Read the configuration and the flows anew: names of changed "queues", "agents" and "flows",
    what needs a "restart", and "problems", which keep all as it was."""

    feed: EventFeed = field(default_factory=EventFeed)
    """Listens to the event log; `serve` joins them."""
