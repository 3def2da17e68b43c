"""Card digits typed in a conversation: who begins it, who breaks it off, and after a restart."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from calls.call import Call
from calls.problems import Refused
from calls.services import Services
from calls.stories.secure_entry import SecureEntry
from events.ids import AgentId, CallId
from events.secure_entry import EntryOutcome, SecureEntryBegan, SecureEntryEnded

BY_AGENT: Final = "agent"


class SecureEntries:
    """One per process. A call has one at a time."""

    def __init__(self, services: Services, calls: Mapping[CallId, Call]) -> None:
        self._settings = services.settings.secure_entry
        self._calls = calls
        self._going_on: dict[CallId, SecureEntry] = {}

    def switch(self, call_id: CallId) -> None:
        """The agent's code: begin, or break off.

        Raises:
            Refused: as `begin` does.
        """
        if call_id in self._going_on:
            self.cancel(call_id)
        else:
            self.begin(call_id, BY_AGENT)

    def begin(self, call_id: CallId, by: str) -> None:
        """The agent hears silence from now on, and the caller is asked to type.

        Raises:
            Refused: no such conversation, one goes on already, or there is nowhere to send digits.
        """
        call = self._calls.get(call_id)
        talk = call.conversation if call is not None else None
        if call is None or talk is None or talk.agent is None:
            raise Refused(f"no agent talks on call {call_id}")
        if not talk.is_joined or talk.is_passing:
            raise Refused(f"call {call_id} is being passed on")
        if call_id in self._going_on:
            raise Refused(f"digits are being typed on call {call_id} already")
        if not self._settings.url:
            raise Refused("calls.secure_entry.url says where digits go, and is not set")
        self._begin(call)
        call.happened(SecureEntryBegan(call.id, _agent_of(call), by))

    def cancel(self, call_id: CallId) -> None:
        """Raises Refused: nothing is being typed there."""
        entry = self._going_on.get(call_id)
        if entry is None:
            raise Refused(f"no digits are being typed on call {call_id}")
        entry.end(EntryOutcome.CANCELLED)

    def hide(self, call: Call) -> None:
        """Before the legs of a restored call are joined: `go_on` follows."""
        if call.state.secure_entry:
            call.leg.media.keep_confidential(True)

    def go_on(self, call: Call) -> None:
        """After a restart: the caller is asked anew; what they had typed was kept nowhere."""
        if not call.state.secure_entry:
            return
        if call.conversation is None or not self._settings.url:
            call.leg.media.keep_confidential(False)
            call.happened(SecureEntryEnded(call.id, _agent_of(call), EntryOutcome.LEFT))
        else:
            self._begin(call)

    def _begin(self, call: Call) -> None:
        assert call.conversation is not None
        entry = SecureEntry(call, call.conversation, partial(self._going_on.pop, call.id))
        self._going_on[call.id] = entry
        call.conversation.do(entry.tell)


def _agent_of(call: Call) -> AgentId | None:
    return call.conversation.agent if call.conversation is not None else None
