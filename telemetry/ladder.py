"""Draws a call's SIP messages as a ladder: a column a party, an arrow a message, time downwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from events.event import Recorded
from events.ids import CallId
from telemetry.captured import CapturedMessage
from telemetry.ladder_notes import note, party_names

US: Final = "Sentral"
OTHERS: Final = "others"
TIME_WIDTH: Final = 9
NARROWEST_GAP: Final = 22
"""Room for an arrow that says "180 Ringing" or "INVITE (SDP)"."""

WIDEST_GAP: Final = 34
NARROWEST: Final = 60


def draw_ladder(
    call: CallId,
    messages: Sequence[CapturedMessage],
    events: Sequence[Recorded] = (),
    *,
    width: int = 100,
) -> str:
    """Lines of at most `width` columns (60 at least), each ended by a newline.

    Args:
        messages: of all the call's dialogs, oldest first, at least one.
        events: of the call, in order; they name the parties and are noted at their time.
    """
    drawing = _Drawing(messages, party_names(events), max(width, NARROWEST))
    notes = [(each.steady, note(each.event)) for each in events]
    began = min([messages[0].at, *(at for at, _ in notes)])
    rows = [(at, drawing.note(text)) for at, text in notes if text]
    rows += [(message.at, drawing.arrow(message)) for message in messages]
    rows.sort(key=lambda row: row[0])  # at the same time, the decision before its message
    lines = [_title(call, events), "", *drawing.header()]
    lines += [f"{at - began:+{TIME_WIDTH}.3f}{row}" for at, row in rows]
    return "".join(line.rstrip()[:width] + "\n" for line in lines)


def _title(call: CallId, events: Sequence[Recorded]) -> str:
    if not events:
        return f"Call {call}"
    first = datetime.fromtimestamp(events[0].utc, UTC)
    return f"Call {call}, {first:%Y-%m-%d %H:%M:%S} UTC, seconds from its start"


class _Drawing:
    """Where each party's line stands. Positions count from after the time."""

    def __init__(
        self, messages: Sequence[CapturedMessage], names: Mapping[str, str], width: int
    ) -> None:
        self._names = names
        self._addresses: dict[str, str] = {US: ""}
        self._room = width - TIME_WIDTH
        self._columns = self._arranged(messages, most=(self._room - 20) // NARROWEST_GAP + 1)
        gap = min(WIDEST_GAP, (self._room - 20) // max(1, len(self._columns) - 1))
        self._at = {party: 10 + gap * index for index, party in enumerate(self._columns)}

    def header(self) -> list[str]:
        """Names, addresses, and a line of bars."""
        names = self._centred({party: party for party in self._columns})
        addresses = self._centred({party: self._addresses[party] for party in self._columns})
        blank = " " * TIME_WIDTH
        return [blank + names, blank + addresses, blank + self._bars()]

    def arrow(self, message: CapturedMessage) -> str:
        """One message, between our line and the party's."""
        party = self._column(message)
        ours, theirs = self._at[US], self._at[party]
        left, right = min(ours, theirs), max(ours, theirs)
        to_right = (message.direction == "out") == (theirs > ours)
        text = message.summary + (f" ×{message.repeated + 1}" if message.repeated else "")
        if party == OTHERS:
            text += f", {self._party(message)}"
        room = right - left - 1
        shaft = _fitted(f" {text} ", room - 2).center(room - 1, "─")
        drawn = f"{shaft}▶" if to_right else f"◀{shaft}"
        return self._over(self._bars(), left + 1, drawn)

    def note(self, text: str) -> str:
        """A remark, starting on our line."""
        return self._over(self._bars(), self._at[US], f"● {_fitted(text, self._room // 2)} ")

    def _arranged(self, messages: Sequence[CapturedMessage], most: int) -> list[str]:
        """The caller left of us, those whom we called to the right; the surplus shares a column."""
        said = Counter(self._party(message) for message in messages)
        for message in messages:
            self._addresses.setdefault(self._party(message), f"{message.host}:{message.port}")
        left = [self._party(messages[0])] if messages[0].direction == "in" else []
        right = [party for party in said if party not in left]
        room = most - 1 - len(left)
        if len(right) > room:
            kept = sorted(right, key=lambda party: -said[party])[: max(0, room - 1)]
            self._addresses[OTHERS] = ""
            right = [*(party for party in right if party in kept), OTHERS]
        return [*left, US, *right]

    def _party(self, message: CapturedMessage) -> str:
        return self._names.get(message.sip_call_id) or f"{message.host}:{message.port}"

    def _column(self, message: CapturedMessage) -> str:
        party = self._party(message)
        return party if party in self._at else OTHERS

    def _bars(self) -> str:
        row = [" "] * self._room
        for position in self._at.values():
            row[position] = "│"
        return "".join(row)

    def _centred(self, texts: Mapping[str, str]) -> str:
        row = " " * self._room
        positions = [self._at[party] for party in self._columns]
        gap = min((b - a for a, b in pairwise(positions)), default=WIDEST_GAP)
        for party, position in self._at.items():
            text = _fitted(texts[party], gap - 2)
            row = self._over(row, max(0, position - len(text) // 2), text)
        return row

    def _over(self, row: str, start: int, text: str) -> str:
        return (row[:start] + text + row[start + len(text) :])[: self._room]


def _fitted(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(0, room - 1)] + "…"
