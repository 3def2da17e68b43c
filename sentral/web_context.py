"""What the HTTP side is given of the centre."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from calls.call import Call
from events.ids import AgentId
from records.store import Store
from sentral.agent_report import agent_figures_in
from sentral.call_actions import call_actions
from sentral.composition import Parts
from sentral.flow_reloading import FlowReloader
from sentral.ladders import Ladders
from sentral.recording_shelf import RecordingShelf
from sentral.reloading import Reloader
from sentral.version import version
from telemetry.metrics import Metrics
from web.callback_desk import CallBackDesk
from web.context import WebContext
from web.mailbox_desk import MailboxDesk
from web.models import AgentFigures, LiveCall
from web.recording_desk import RecordingDesk


def web_context(
    parts: Parts,
    store: Store,
    metrics: Metrics,
    ladders: Ladders,
    flows: FlowReloader,
    reloader: Reloader,
    shelf: RecordingShelf,
) -> WebContext:

    async def reload_flows() -> tuple[Sequence[str], Sequence[str]]:
        reloaded = await flows.reload("api")
        return reloaded.flows, reloaded.problems

    async def reload() -> Mapping[str, Sequence[str]]:
        return asdict(await reloader.reload("api"))

    desk, distributor = parts.desk, parts.distributor
    opening = parts.centre.services.opening
    return WebContext(
        version=version(),
        steady=parts.world.steady,
        not_ready=lambda: _not_ready(parts),
        refresh_metrics=metrics.refresh,
        render_metrics=metrics.render,
        agents=distributor.agents,
        agent_name=lambda agent: _agent_name(parts, agent),
        agent_figures=lambda *period: _agent_figures(parts, store, *period),
        queues=distributor.queues,
        live_calls=lambda: [_live(call) for call in parts.centre.calls.values()],
        past_calls=lambda wanted: store.reader.calls(wanted),
        call=lambda call: store.reader.call(call),
        ladder=ladders.live,
        past_ladder=ladders.past,
        on_calls=call_actions(parts),
        recordings=RecordingDesk(
            find=lambda wanted: store.reader.recordings(wanted),
            one=lambda name: store.reader.recording(name),
            pieces=shelf.pieces,
            delete=shelf.delete,
        ),
        mailboxes=_mailbox_desk(parts, store, shelf),
        callbacks=_callback_desk(parts),
        is_pin=desk.is_pin,
        sign_in=desk.sign_in,
        sign_out=desk.sign_out,
        make_available=desk.make_available,
        make_not_available=desk.make_not_available,
        end_wrap_up=desk.end_wrap_up,
        extend_wrap_up=desk.extend_wrap_up,
        escalate=parts.centre.escalations.escalate,
        close_queue=opening.close,
        open_queue=opening.open,
        flow_versions=flows.versions,
        reload_flows=reload_flows,
        reload=reload,
    )


def _mailbox_desk(parts: Parts, store: Store, shelf: RecordingShelf) -> MailboxDesk:
    voicemail = parts.centre.services.voicemail
    return MailboxDesk(
        names=voicemail.names,
        counts=voicemail.book.counts,
        messages=voicemail.book.of,
        parties=lambda callers: store.reader.parties_named(callers),
        sound=shelf.content,
        heard=voicemail.heard,
        erase=voicemail.erase,
    )


def _callback_desk(parts: Parts) -> CallBackDesk:
    callbacks = parts.centre.callbacks
    return CallBackDesk(
        open=lambda: list(callbacks.book.open.values()),
        number=callbacks.number,
        cancel=callbacks.cancel,
        is_barred=callbacks.rules.is_barred,
        bar=callbacks.rules.bar,
        allow=callbacks.rules.allow,
    )


def _not_ready(parts: Parts) -> Sequence[str]:
    """The store may be away: calls go on without it, so it does not make us unready."""
    reasons = []
    if not parts.user_agent.listening:
        reasons.append("SIP does not listen yet")
    if parts.centre.draining:
        reasons.append("stopping")
    return reasons


def _agent_name(parts: Parts, agent: AgentId) -> str:
    settings = parts.settings.agents.get(agent)
    return settings.name if settings else ""


def _agent_figures(parts: Parts, store: Store, begin: float, end: float) -> list[AgentFigures]:
    end = min(end, parts.world.utc())
    if end <= begin:
        return []
    figures = agent_figures_in(store.reader, begin, end)
    return [AgentFigures.model_validate(asdict(each)) for each in figures]


def _live(call: Call) -> LiveCall:
    state, waiting, conversation = call.state, call.waiting, call.conversation
    return LiveCall(
        id=call.id,
        direction=state.direction.value,
        stage=state.stage.value,
        number=call.number,
        name=call.name,
        dialled=state.dialled,
        queue=waiting.queue if waiting else None,
        agent=conversation.agent if conversation else None,
        arrived_at=call.arrived_at,
    )
