"""Calls that outlive the process: each starts its story again where its record says it was."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from calls.call import Call
from calls.centre import STORIES, Centre
from calls.faces import Media, SipLeg
from calls.leg import Leg
from calls.lines import Lines
from calls.state import CallState, advance
from events.calls import CallCheckpointed, CallEnded, Outcome, Side
from events.event import Recorded
from events.ids import CallId
from media.errors import MediaError
from sip.errors import SipError

_log = structlog.get_logger(__name__)

Who = Callable[[CallState], tuple[str, str]]
"""(number, name) of the caller, who is only a surrogate in the record; ("", "") if erased."""


class Dialogs(Protocol):
    """`sip.edges.user_agent.UserAgent`."""

    def restore_leg(self, data: Mapping[str, Any]) -> SipLeg: ...


@dataclass(frozen=True, slots=True)
class Record:
    """An open call's last checkpoint, its state moved on by every event since."""

    state: CallState
    language: str
    caller: Mapping[str, Any]
    other: Mapping[str, Any] | None


def records_of(log: Iterable[Recorded]) -> dict[CallId, Record]:
    """What can be started again, from a log in its order; calls that ended are not in it."""
    records: dict[CallId, Record] = {}
    for recorded in log:
        event = recorded.event
        call = getattr(event, "call", None)
        if isinstance(event, CallCheckpointed):
            saved = event.state
            records[event.call] = Record(
                CallState.from_json(saved["state"]),
                saved["language"],
                saved["caller"],
                saved["other"],
            )
        elif isinstance(event, CallEnded):
            records.pop(event.call, None)
        elif call in records:
            state = advance(records[call].state, event, recorded.utc)
            records[call] = replace(records[call], state=state)
    return records


class Resumption:
    def __init__(
        self, centre: Centre, dialogs: Dialogs, media: Media, lines: Lines, who: Who
    ) -> None:
        self._centre = centre
        self._dialogs = dialogs
        self._media = media
        self._lines = lines
        self._who = who

    def resume(self, record: Record) -> bool:
        """Start the story again; false if its legs cannot be had: then its end is told."""
        state = record.state
        try:
            call = self._restored(record)
        except (SipError, MediaError, KeyError, ValueError) as error:
            _log.warning("call_not_resumed", call=state.call, problem=str(error))
            self._centre.services.feed.append(
                CallEnded(
                    state.call,
                    state.direction,
                    Outcome.FAILED,
                    Side.SYSTEM,
                    "restart",
                    None,
                    state.trunk,
                )
            )
            return False
        self._centre.add(call)
        call.begin(STORIES[state.route_kind])
        return True

    def _restored(self, record: Record) -> Call:
        services, state = self._centre.services, record.state
        number, name = self._who(state)
        leg = self._leg(record.caller)
        call = Call(
            services,
            state,
            leg,
            number=number,
            name=name,
            began_at=services.clock(),
            on_over=self._centre.over,
        )
        call.language = record.language
        call.hears_us = state.answered
        if state.bridge is not None and record.other is not None:
            other = self._leg(record.other)
            self._lines.occupy(other, *record.other["line"])
            call.restored_leg = other
        return call

    def _leg(self, data: Mapping[str, Any]) -> Leg:
        leg = Leg(data["name"], lambda heard: self._media.restore(data["media"], heard))
        leg.answered, leg.held = data["answered"], data["held"]
        try:
            leg.sip = self._dialogs.restore_leg(data["sip"])
        except (SipError, KeyError, ValueError):
            leg.close()
            raise
        leg.sip.on_event = leg.sip_event
        return leg
