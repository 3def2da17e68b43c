"""speech: ask a question that is answered by a word or by a key."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.asking import Asking
from ivr.caller import Caller
from ivr.names import NodeName, VariableName
from ivr.node import Exit
from ivr.spoken import Prompts, said
from ivr.utterances import Utterance
from ivr.yaml_lines import Place

Key = Annotated[
    Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"],
    BeforeValidator(lambda key: str(key) if type(key) is int else key),
]
Phrase = Annotated[str, Field(min_length=1, max_length=100)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=20)]

_YES: Final = {"en": ("yes", "right"), "id": ("ya", "betul"), "es": ("sí", "correcto")}
_NO: Final = {"en": ("no", "wrong"), "id": ("tidak", "salah"), "es": ("no", "incorrecto")}

_UNCLEAR: Final = "?"
"""Something was said, and not understood: no key and no word of anybody's."""


class Answer(BaseModel):
    """One answer to the question."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    say: Phrases | dict[str, Phrases]
    """Words that mean it; for several languages by language: {en: [billing], es: [facturas]}."""
    key: Key
    """The key that means it, too."""
    then: NodeName
    prompt: Prompts | None = None
    """Names the answer when it is read back."""

    def phrases(self, language: str) -> tuple[str, ...]:
        return self.say.get(language, ()) if isinstance(self.say, Mapping) else self.say


class ReadBack(BaseModel):
    """What was understood is read back, and the caller says whether it is right."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    prompt: Prompts
    """Said after the answer's own prompt, e.g. right_press_1."""
    yes: Key = "1"
    no: Key = "2"


class Speech(Asking):
    """A key always does as well, and in a language that the recogniser does not know it is the only
    way. Words are taken for an answer of the list even when they are none, so read them back.

    Without `answers`, whatever is said goes into a variable as text.
    """

    kind: Literal["speech"] = "speech"
    answers: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], Answer] = Field(
        default={}, max_length=20
    )
    """By name; the name is the outcome."""
    into: VariableName | None = None
    """Holds the answer's name, or the text."""
    confirm: ReadBack | None = None
    beep: bool = False
    """A tone says when to speak."""
    at_most_s: Annotated[float, Field(gt=0, le=60)] = 8.0
    """Longest answer that is listened to."""
    next: NodeName | None = None
    """After an answer that is text."""

    is_menu = True

    @model_validator(mode="after")
    def _answers_differ(self) -> Self:
        if bool(self.answers) == (self.next is not None):
            raise PydanticCustomError("answers", "give `answers:`, or `into:` and `next:`")
        if self.next is not None and self.into is None:
            raise PydanticCustomError("into", "`into:` names the variable for what is said")
        keys = [answer.key for answer in self.answers.values()]
        if len(set(keys)) < len(keys):
            raise PydanticCustomError("keys", "two answers have the same key")
        if self.confirm and any(answer.prompt is None for answer in self.answers.values()):
            raise PydanticCustomError("confirm", "`confirm` needs a `prompt:` in every answer")
        if self.confirm and self.confirm.yes == self.confirm.no:
            raise PydanticCustomError("confirm", "yes: and no: are the same key")
        return self

    def advice(self) -> Iterator[tuple[Place, str]]:
        if self.answers and self.confirm is None:
            yield (), "words are easily mistaken; give `confirm:`"

    async def run(self, caller: Caller) -> Exit:
        heard = Utterance()

        async def read() -> str:
            nonlocal heard
            heard = await self._listen(caller, self._phrases(caller.language), beep=self.beep)
            return heard.keys or heard.text or (_UNCLEAR if heard.spoke else "")

        async def taken(_: str) -> Exit | None:
            return await self._answer(caller, heard)

        return await self.ask(caller, read=read, accept=taken)

    async def _answer(self, caller: Caller, heard: Utterance) -> Exit | None:
        """Where it leads; None when it is no answer."""
        if self.next is not None:
            return self._taken(caller, heard.text, "next", self.next) if heard.text else None
        for name, answer in self.answers.items():
            if heard.keys:
                meant = heard.keys == answer.key
            else:
                meant = heard.text in answer.phrases(caller.language)
            if meant:
                right = bool(heard.keys) or await self._is_right(caller, answer)
                return self._taken(caller, name, name, answer.then) if right else None
        return None

    async def _listen(
        self, caller: Caller, phrases: tuple[str, ...], *, beep: bool = False
    ) -> Utterance:
        return await caller.utterance(
            phrases=phrases,
            first_within_s=self.first_digit_s,
            at_most_s=self.at_most_s,
            beep=beep,
        )

    def _phrases(self, language: str) -> tuple[str, ...]:
        return tuple(p for answer in self.answers.values() for p in answer.phrases(language))

    def _taken(self, caller: Caller, value: str, outcome: str, target: NodeName) -> Exit:
        if self.into is not None:
            caller.variables[str(self.into)] = value
        return Exit(outcome, target, heard=True)

    async def _is_right(self, caller: Caller, answer: Answer) -> bool:
        """Silence is no: nobody is sent somewhere by a word that they did not say."""
        confirm = self.confirm
        if confirm is None or answer.prompt is None:
            return True
        prompts = said((*answer.prompt, *confirm.prompt), caller.variables, caller.language)
        await caller.play(prompts, stop_on_digit=self.barge_in)
        yes = _YES.get(caller.language, ())
        told = await self._listen(caller, (*yes, *_NO.get(caller.language, ())))
        return told.keys == confirm.yes if told.keys else told.text in yes
