"""Feature codes: what an agent dials at a phone to sign in, rest, come back and leave."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from calls.call import Call
from calls.ending import FAILED
from calls.first_of import first_of
from calls.problems import Refused
from calls.stories import hear_messages
from calls.stories.supervise import MODES, supervise
from events.ids import AgentId, PhoneId, QueueName

_ATTEMPTS: Final = 3
_ID_LENGTH: Final = 12
_FIRST_DIGIT_S: Final = 10.0
_BETWEEN_DIGITS_S: Final = 3.0
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Done:
    """What to say, and what to do when the phone is free again (an offer may ring it at once)."""

    prompt: str
    act: Callable[[], None] = lambda: None


async def tell(call: Call) -> None:
    """Do what the code asks, say how it went, hang up."""
    phone = call.state.phone
    wanted = call.state.route_target
    if phone is None or wanted not in {*FEATURES, *MODES}:
        call.end("forbidden", _FORBIDDEN)
        return
    call.answer()
    try:
        if wanted in MODES:
            await supervise(call, phone)
            return
        done = await FEATURES[wanted](call, phone)
    except Refused:
        done = Done("feature_refused")
    try:
        await call.play(call.sounds(done.prompt))
    finally:  # also when the agent does not listen to the end
        call.end("normal", FAILED)
        done.act()


async def _sign_in(call: Call, phone: PhoneId) -> Done:
    """Available again, or signed in: as the phone's default agent, or by id and PIN."""
    desk = call.services.desk
    there = desk.agent_at(phone)
    if there is not None:
        return Done("feature_available", partial(desk.make_available, there))
    agent = desk.default_agent(phone) or await _ask_who(call)
    if agent is None:
        return Done("feature_refused")
    return Done("feature_signed_in", partial(desk.sign_in, agent, phone))


async def _not_available(call: Call, phone: PhoneId) -> Done:
    act = partial(call.services.desk.make_not_available, _agent_at(call, phone), _reason(call))
    return Done("feature_not_available", act)


async def _end_wrap_up(call: Call, phone: PhoneId) -> Done:
    act = partial(call.services.desk.end_wrap_up, _agent_at(call, phone))
    return Done("feature_wrap_up_ended", act)


async def _extend_wrap_up(call: Call, phone: PhoneId) -> Done:
    by_s = call.services.settings.wrap_up_extension_s
    act = partial(call.services.desk.extend_wrap_up, _agent_at(call, phone), by_s)
    return Done("feature_wrap_up_extended", act)


async def _close_queue(call: Call, phone: PhoneId) -> Done:
    """In an emergency: nobody enters any more, and those who wait are told."""
    queue = QueueName(call.state.route_number)
    call.services.opening.close(queue, "", f"phone {phone}", "leave")
    return Done("feature_queue_closed")


async def _open_queue(call: Call, phone: PhoneId) -> Done:
    call.services.opening.open(QueueName(call.state.route_number), f"phone {phone}")
    return Done("feature_queue_opened")


async def _sign_out(call: Call, phone: PhoneId) -> Done:
    act = partial(call.services.desk.sign_out, _agent_at(call, phone))
    return Done("feature_signed_out", act)


async def _voicemail(call: Call, phone: PhoneId) -> Done:
    return Done(await hear_messages.hear_messages(call, phone))


FEATURES: Final[Mapping[str, Callable[[Call, PhoneId], Awaitable[Done]]]] = {
    "sign_in": _sign_in,
    "not_available": _not_available,
    "end_wrap_up": _end_wrap_up,
    "extend_wrap_up": _extend_wrap_up,
    "sign_out": _sign_out,
    "close_queue": _close_queue,
    "open_queue": _open_queue,
    "voicemail": _voicemail,
}

PROMPTS: Final = (
    "feature_enter_id",
    "feature_enter_pin",
    "feature_available",
    "feature_signed_in",
    "feature_signed_out",
    "feature_not_available",
    "feature_wrap_up_ended",
    "feature_wrap_up_extended",
    "feature_queue_closed",
    "feature_queue_opened",
    "feature_wrong_pin",
    "feature_refused",
    *hear_messages.PROMPTS,
)
"""All that is said here, for the check that every prompt exists."""


async def _ask_who(call: Call) -> AgentId | None:
    desk = call.services.desk
    for _ in range(_ATTEMPTS):
        agent = AgentId(await _ask(call, "feature_enter_id"))
        pin = await _ask(call, "feature_enter_pin")
        if await asyncio.to_thread(desk.is_pin, agent, pin):
            return agent
        await call.play(call.sounds("feature_wrong_pin"))
    return None


async def _ask(call: Call, prompt: str) -> str:
    """Digits up to #; a key ends the prompt."""
    await first_of(call.play(call.sounds(prompt)), call.digits.any_pressed())
    return await call.digits.read(
        at_most=_ID_LENGTH,
        first_within_s=_FIRST_DIGIT_S,
        between_s=_BETWEEN_DIGITS_S,
        terminator="#",
    )


def _agent_at(call: Call, phone: PhoneId) -> AgentId:
    agent = call.services.desk.agent_at(phone)
    if agent is None:
        raise Refused(f"nobody is signed in at phone {phone}")
    return agent


def _reason(call: Call) -> str:
    """`*71N`: the Nth configured reason; none for `*71` alone."""
    reasons = call.services.settings.not_available_reasons
    key = call.state.dialled[-1]
    number = int(key) if len(call.state.dialled) > len("*71") and key.isdigit() else 0
    if number > len(reasons):
        raise Refused(f"there is no reason {number}")
    return reasons[number - 1] if number else ""
