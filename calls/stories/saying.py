"""What a flow says: prompts, and texts that are spoken while the caller listens."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from calls.call import Call
from events.speech import SpeechFailed
from ivr.names import Text
from ivr.spoken import Utterable
from media.sounds import Sound
from media.speech import SpeechError
from media.spoken_texts import Spoken


async def say(call: Call, prompts: Sequence[Utterable]) -> None:
    """Play one after the other without gaps; whoever is cancelled ends the speaking, too.

    A text that cannot be spoken is left out; `SpeechFailed` tells of it.
    """
    texts: list[Spoken] = []
    async with AsyncExitStack() as speaking:
        sounds: list[Sound] = []
        for prompt in prompts:
            if not isinstance(prompt, Text):
                sounds += call.sounds(prompt)
                continue
            spoken = call.services.speech.said(prompt, call.language, at_once=not sounds)
            try:
                texts.append(await speaking.enter_async_context(spoken))
                sounds.append(texts[-1].sound)
            except SpeechError as error:
                call.happened(SpeechFailed(call.id, str(error)))
        await call.play(sounds)
        for text in texts:
            if text.problem:
                call.happened(SpeechFailed(call.id, text.problem))
