"""language: speak this language from here on."""

from typing import Literal

from ivr.caller import Caller
from ivr.names import LanguageTag, NodeName
from ivr.node import Exit, Node


class Language(Node):
    """One of the flow's `languages`; conditions see it as `language`."""

    kind: Literal["language"] = "language"
    language: LanguageTag
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        caller.language = str(self.language)
        caller.variables["language"] = caller.language
        return Exit("next", self.next)
