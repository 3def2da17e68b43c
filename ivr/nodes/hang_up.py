"""hang_up: say goodbye, if anything is to be said, and end the call."""

from typing import Literal

from ivr.caller import Caller
from ivr.names import END
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said


class HangUp(Node):
    """A call that was never answered is refused instead, by `cause`."""

    kind: Literal["hang_up"] = "hang_up"
    prompt: Prompts | None = None
    cause: Literal["normal", "busy", "unavailable", "rejected", "failed"] = "normal"

    fits_waiting = False

    def sound(self) -> Sound:
        return Sound.ONE_WAY if self.prompt else Sound.NONE

    def ends_flow(self) -> bool:
        return True

    async def run(self, caller: Caller) -> Exit:
        if self.prompt:
            prompts = said(self.prompt, caller.variables, caller.language)
            await caller.play(prompts, stop_on_digit=False)
        await caller.hang_up(self.cause)
        return Exit("hung_up", END)
