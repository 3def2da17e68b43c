"""A caller types a card's digits while an agent waits on the line, and hears silence.

The digits live in one variable of this story, and go from there to the service that is
configured: never into an event, a log, a trace or a recording.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog

from calls.call import Call
from calls.conversation import Conversation
from calls.first_of import first_of
from calls.secure_settings import SecureEntrySettings
from calls.stories.flow_caller import FlowCaller
from events.calls import CallEnded, CallerReplaced, CallUnbridged
from events.event import Event
from events.secure_entry import EntryOutcome, SecureEntryEnded
from ivr.caller import RecordingWish
from ivr.nodes.http import Http
from ivr.nodes.secure import Secure

PROMPTS: Final = ("secure_enter", "secure_sent", "secure_not_sent")

_HELD_BACK: Final = 12
"""Of a number shorter than this, four digits would be too much to tell."""
_LONGEST_TOKEN: Final = 200

_log = structlog.get_logger(__name__)


class SecureEntry:
    """One, from the turn in which it is wanted; whatever ends the conversation ends it, too."""

    def __init__(self, call: Call, talk: Conversation, on_over: Callable[[], object]) -> None:
        self._call = call
        self._talk = talk
        self._caller = call.leg
        self._on_over = on_over
        self._over = asyncio.Event()
        longest_s = call.services.settings.secure_entry.longest_s
        self._limit = asyncio.get_running_loop().call_later(
            longest_s, self.end, EntryOutcome.TIMEOUT
        )
        call.digits.forget()
        call.watchers.append(self._follow)
        self._caller.media.keep_confidential(True)
        talk.other.media.tone("silence")

    async def tell(self) -> None:
        """Ask the caller, and send what they type. The conversation's work meanwhile."""
        settings = self._call.services.settings.secure_entry
        if self._over.is_set():
            return
        try:
            await first_of(self._enter(settings), self._talk.disturbed(), _until(self._over))
        finally:
            self.end(EntryOutcome.LEFT)  # unless it has ended otherwise

    def end(self, outcome: EntryOutcome, *, digits: str = "", token: str = "") -> None:
        """Let the two hear each other again; the first ending counts."""
        if self._over.is_set():
            return
        self._over.set()
        self._limit.cancel()
        self._on_over()
        self._call.watchers.remove(self._follow)
        self._caller.media.keep_confidential(False)
        self._tell_agent(outcome)
        self._call.digits.forget()
        last_four = digits[-4:] if len(digits) >= _HELD_BACK else ""
        self._call.happened(
            SecureEntryEnded(
                self._call.id, self._talk.agent, outcome, len(digits), last_four, token
            )
        )

    def _follow(self, event: Event) -> None:
        if isinstance(event, (CallUnbridged, CallerReplaced, CallEnded)):
            self.end(EntryOutcome.LEFT)

    def _tell_agent(self, outcome: EntryOutcome) -> None:
        services, media = self._call.services, self._talk.other.media
        if outcome is EntryOutcome.LEFT:
            media.stop()
            return
        prompt = "secure_sent" if outcome is EntryOutcome.SENT else "secure_not_sent"
        media.play(services.sounds.all([prompt], services.default_language))

    async def _enter(self, settings: SecureEntrySettings) -> None:
        if self._over.is_set():  # in the turn in which it began
            return
        asks, sends = _nodes(settings)
        caller = _Typing(self._call)
        caller.variables = {"call": str(self._call.id), "agent": str(self._talk.agent or "")}
        taken = await asks.run(caller)
        digits = str(caller.variables.get("digits") or "")
        if taken.outcome != "next":
            self.end(EntryOutcome.NOT_ENTERED)
            return
        sent = await sends.run(caller)
        if sent.outcome != "next":
            _log.warning("secure_digits_not_taken", call=self._call.id, problem=sent.outcome)
            self.end(EntryOutcome.NOT_TAKEN)
            return
        token = caller.variables.get("token")
        is_token = isinstance(token, str) and len(token) <= _LONGEST_TOKEN
        self.end(EntryOutcome.SENT, digits=digits, token=str(token) if is_token else "")


class _Typing(FlowCaller):
    """Who types for nodes that know of no conversation."""

    async def wish_recording(self, wish: RecordingWish) -> bool:
        """The recording has its silence by `SecureEntryBegan`, until `SecureEntryEnded`."""
        return False


def _nodes(settings: SecureEntrySettings) -> tuple[Secure, Http]:
    """The same nodes of which flows are made ask and send."""
    asks: dict[str, Any] = {
        "prompt": settings.prompt,
        "into": "digits",
        "min_digits": settings.min_digits,
        "max_digits": settings.max_digits,
        "terminator": settings.terminator,
        "luhn": settings.luhn,
        "attempts": settings.attempts,
        "first_digit_s": settings.first_digit_s,
        "between_s": settings.between_s,
        "next": "end",
        "otherwise": "end",
    }
    sends: dict[str, Any] = {
        "method": "POST",
        "url": settings.url,
        "body": {name: f"{{{{ {name} }}}}" for name in ("digits", "call", "agent")},
        "token_env": settings.token_env or None,
        "timeout_s": settings.timeout_s,
        "into": {"token": "{{ answer.token }}"},
        "next": "end",
        "failed": "end",
    }
    return Secure.model_validate(asks), Http.model_validate(sends)


async def _until(event: asyncio.Event) -> None:
    await event.wait()
