"""leave_queue: give up the place in the queue, because the caller chose something else."""

from typing import Literal

from ivr.caller import Caller
from ivr.names import END
from ivr.node import Exit, Node


class LeaveQueue(Node):
    """For flows that a queue's `waiting` names: the call goes on where the queue's `flowed_out`
    says for `reason`."""

    kind: Literal["leave_queue"] = "leave_queue"
    reason: Literal["key", "callback", "voicemail", "operator"] = "key"

    needs_waiting = True

    def ends_flow(self) -> bool:
        return True

    async def run(self, caller: Caller) -> Exit:
        return Exit(self.reason, END, heard=True)
