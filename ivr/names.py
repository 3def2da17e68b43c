"""Names that a flow writes. Each kind is a `str` type of its own, so the loader can check them."""

import re
from typing import Any, ClassVar, Final, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_LENGTH: Final = 64


class Name(str):
    """A name as its author wrote it; subclasses say of what."""

    __slots__ = ()
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"\S(?:[^\n]*\S)?")
    shape: ClassVar[str] = "some text"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.str_schema(max_length=MAX_LENGTH, coerce_numbers_to_str=True)
        return core_schema.no_info_after_validator_function(cls._checked, text)

    @classmethod
    def _checked(cls, text: str) -> Self:
        if not cls.pattern.fullmatch(text):
            raise PydanticCustomError(
                "name",
                "'{text}' cannot be used here; write {shape}",
                {"text": text, "shape": cls.shape},
            )
        return cls(text)


class NodeName(Name):
    """A node of the same flow, or `end`."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
    shape = "a node's name: a letter, then letters, digits, - or _"


class Text(str):
    """Words of the call, said by the speech engine; nobody has recorded them."""

    __slots__ = ()


class PromptName(Name):
    """A name of `ivr_flows/prompts/<language>.yaml`; not a path.

    `welcome@es` is spoken in Spanish whatever the call speaks.
    """

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:@[A-Za-z0-9-]+)?")
    shape = (
        "a prompt's name: letters, digits, - or _, and @language if it has a language of its own"
    )

    @property
    def text(self) -> str:
        """The name without its language."""
        return self.partition("@")[0]

    @property
    def language(self) -> str:
        """The language of its own, or empty."""
        return self.partition("@")[2]


class MusicName(PromptName):
    """A piece of music; it has no language."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
    shape = "the name of a piece of music: letters, digits, - or _"


class FlowName(Name):
    """A flow: its file's name without `.yaml`."""

    __slots__ = ()


class QueueName(Name):
    """A queue of the configuration."""

    __slots__ = ()


class MailboxName(Name):
    """A voice mailbox of the configuration."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9_.+*#-]+")
    shape = "a mailbox's name: letters, digits and . _ + - * #"


class DatabaseName(Name):
    """A database of the configuration that flows may ask."""

    __slots__ = ()


class LanguageTag(Name):
    """A language of the flow, as in `languages`."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
    shape = "a language tag such as en, id or es-MX"


class VariableName(Name):
    """A variable that the node sets."""

    __slots__ = ()
    pattern = re.compile(
        r"(?!(?:and|else|false|if|in|is|none|not|or|self|true)$)[a-z][a-z0-9_]*"  # Jinja2's words
    )
    shape = "a variable's name: small letters, digits and _, no word of expressions such as in"


END: Final = NodeName("end")
"""The target that ends a flow: back to the flow that entered this one, or a polite hang-up."""
