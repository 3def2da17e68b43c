"""answer: answer the call now. Without it, the first node that needs the caller's sound does."""

from typing import Literal

from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node


class Answer(Node):
    kind: Literal["answer"] = "answer"
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        await caller.answer()
        return Exit("next", self.next)
