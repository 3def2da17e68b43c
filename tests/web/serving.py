"""An HTTP side over values that the test owns, asked over a real socket."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from acd.model import AgentView, QueueView
from calls.callback_book import OpenCallBack
from calls.problems import Refused
from calls.voicemail.book import Message
from events.agents import AgentState
from events.ids import AgentId, CallId, PhoneId, QueueName
from records.past import CallDetail, CallFilter, CallRow, RecordingFilter, RecordingRow
from web.call_actions import CallActions
from web.callback_desk import CallBackDesk
from web.context import WebContext
from web.mailbox_desk import MailboxDesk
from web.models import AgentFigures, LiveCall
from web.recording_desk import RecordingDesk
from web.server import WebServer
from web.settings import WebSettings

NOW = 1_000.0


def agent(name: str, state: AgentState = AgentState.AVAILABLE) -> AgentView:
    return AgentView(
        id=AgentId(name),
        state=state,
        reason="",
        since=NOW - 30,
        phone=PhoneId("2001"),
        reachable=True,
        call=None,
        offer=None,
        queue=None,
        idle_since=None,
        rests_until=None,
        pending=None,
    )


def figures_of(agent: str, period_s: float) -> AgentFigures:
    """Half of the period scheduled, and half of that kept."""
    return AgentFigures(
        agent=agent,
        time={"available": period_s},
        scheduled_s=period_s / 2,
        adherent_s=period_s / 4,
        adherence=0.5,
        occupancy=0.0,
        availability=1.0,
    )


@dataclass
class House:
    """What the HTTP side is told, and what it asked for."""

    agents: list[AgentView] = field(default_factory=lambda: [agent("71")])
    queues: list[QueueView] = field(
        default_factory=lambda: [QueueView(QueueName("support"), 2, 1, NOW - 12, 3, 1)]
    )
    live: list[LiveCall] = field(default_factory=list)
    past: Sequence[CallRow] = ()
    details: dict[str, CallDetail] = field(default_factory=dict)
    not_ready: list[str] = field(default_factory=list)
    done: list[tuple[str | float, ...]] = field(default_factory=list)
    asked: list[CallFilter] = field(default_factory=list)
    recordings: Sequence[RecordingRow] = ()
    messages: Sequence[Message] = ()
    callbacks: Sequence[OpenCallBack] = ()
    recordings_asked: list[RecordingFilter] = field(default_factory=list)
    refusal: str = ""
    trouble: Exception | None = None

    def context(self) -> WebContext:
        return WebContext(
            version="1.2.3",
            steady=lambda: NOW,
            not_ready=lambda: self.not_ready,
            refresh_metrics=lambda: self.done.append(("refresh_metrics",)),
            render_metrics=lambda: b"sentral_build_info 1\n",
            agents=lambda: self.agents,
            agent_name=lambda agent: f"Agent {agent}",
            agent_figures=lambda begin, end: [figures_of("71", end - begin)],
            queues=lambda: self.queues,
            live_calls=lambda: self.live,
            past_calls=self._past_calls,
            call=lambda call: self.details.get(call),
            past_ladder=lambda call, width: f"old ladder of {width}\n" if call == "c-0" else None,
            ladder=lambda call, width: f"ladder of {width}\n" if call in self.details else None,
            on_calls=CallActions(
                wish_recording=lambda call, wish: self._do("wish_recording", call, wish),
                control_playing=lambda *wish: self._do("control_playing", *wish),
                supervise=lambda call, phone, mode: self._do("supervise", call, phone, mode),
                end_supervision=lambda call: self._do("end_supervision", call),
                begin_secure_entry=lambda call: self._do("begin_secure_entry", call),
                cancel_secure_entry=lambda call: self._do("cancel_secure_entry", call),
            ),
            recordings=self._recording_desk(),
            mailboxes=MailboxDesk(
                names=lambda: ["support"],
                counts=self._counts,
                messages=lambda _: self.messages,
                parties=lambda callers: dict.fromkeys(callers, ("62811", "Ayu")),
                sound=self._message_sound,
                heard=lambda message, by: self._do("heard", message, by),
                erase=lambda message, by: self._do("erase", message, by),
            ),
            callbacks=CallBackDesk(
                open=lambda: self.callbacks,
                number=lambda party: "62811" if party == "p-1" else "",
                cancel=lambda wanted: self._do("cancel", wanted),
                is_barred=lambda number: number == "0811",
                bar=lambda number, by: self._do("bar", number, by),
                allow=lambda number, by: self._do("allow", number, by),
            ),
            is_pin=lambda _agent, pin: pin == "1234",
            sign_in=lambda agent, phone: self._do("sign_in", agent, phone),
            sign_out=lambda agent, by: self._do("sign_out", agent, by),
            make_available=lambda agent, by: self._do("make_available", agent, by),
            make_not_available=lambda *what: self._do("make_not_available", *what),
            end_wrap_up=lambda agent: self._do("end_wrap_up", agent),
            extend_wrap_up=lambda agent, by_s: self._do("extend_wrap_up", agent, f"{by_s:g}"),
            escalate=lambda call: self._do("escalate", call),
            close_queue=lambda *what: self._do("close_queue", *what),
            open_queue=lambda *what: self._do("open_queue", *what),
            flow_versions=lambda: {"main": "v1"},
            reload_flows=self._reload_flows,
            reload=self._reload,
        )

    def _recording_desk(self) -> RecordingDesk:
        return RecordingDesk(
            find=self._find_recordings,
            one=lambda name: next((row for row in self.recordings if row.id == name), None),
            pieces=self._pieces,
            delete=self._delete_recording,
        )

    def _counts(self, _: str) -> tuple[int, int]:
        heard = [message.heard for message in self.messages]
        return heard.count(False), heard.count(True)

    async def _message_sound(self, file: str) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        return b"RIFF" + file.encode()

    def _find_recordings(self, wanted: RecordingFilter) -> Sequence[RecordingRow]:
        self.recordings_asked.append(wanted)
        return self.recordings

    def _pieces(self, row: RecordingRow) -> Iterator[bytes]:
        if self.trouble is not None:
            raise self.trouble
        yield from (b"RIFF", row.id.encode())

    async def _delete_recording(self, row: RecordingRow, by: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self._do("delete", row.id, by)

    async def _reload_flows(self) -> tuple[Sequence[str], Sequence[str]]:
        self.done.append(("reload_flows",))
        return (["main"], []) if not self.refusal else ([], [self.refusal])

    async def _reload(self) -> Mapping[str, Sequence[str]]:
        self.done.append(("reload",))
        if self.refusal:
            return {"problems": [self.refusal]}
        return {"queues": ["support"], "agents": [], "flows": ["main"], "restart": ["sip.port"]}

    def _past_calls(self, wanted: CallFilter) -> Sequence[CallRow]:
        self.asked.append(wanted)
        if self.trouble is not None:
            raise self.trouble
        return self.past

    def _do(self, *action: str | float) -> None:
        if self.refusal:
            raise Refused(self.refusal)
        self.done.append(action)


@dataclass
class Served:
    """A started server and a client that knows its token."""

    context: WebContext
    server: WebServer
    client: aiohttp.ClientSession
    stranger: aiohttp.ClientSession
    """Knows no token."""
    token_file: Path


@asynccontextmanager
async def served(house: House, folder: Path, **changes: object) -> AsyncIterator[Served]:
    token_file = folder / "token"
    settings = WebSettings(port=0, token_file=str(token_file), **changes)  # type: ignore[arg-type]
    context = house.context()
    server = WebServer(context, settings)
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    headers = {"Authorization": f"Bearer {token_file.read_text().strip()}"}
    try:
        async with (
            aiohttp.ClientSession(url, headers=headers) as client,
            aiohttp.ClientSession(url) as stranger,
        ):
            yield Served(context, server, client, stranger, token_file)
    finally:
        await server.stop()


def row(name: str, **changes: object) -> CallRow:
    fields: dict[str, object] = {
        **{"id": CallId(name), "first_seq": 1, "last_seq": 9, "direction": "inbound"},
        **{"caller": "p-1", "caller_number": "0812", "caller_name": "Budi", "dialled": "1001"},
        **{"sip_call_id": "d", "trunk": None, "queue": "support", "agent": "71"},
        **{"outcome": "answered", "hung_up_by": "caller", "cause": "hung_up", "status": None},
        **{"arrived_at": 10.0, "answered_at": 11.0, "bridged_at": 12.0, "ended_at": 20.0},
        **{"phone": None, "target_kind": "queue", "target": "support"},
        **{"wait_s": 1.0, "talk_s": 8.0, "hold_s": 0.0, "wrap_up_s": 0.0},
        **{"ended": True, "story": {"wait_s": 1.0}},
    }
    return CallRow(**{**fields, **changes})  # type: ignore[arg-type]
