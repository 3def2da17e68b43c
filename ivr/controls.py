"""Keys by which a caller moves about in what plays."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Key = Annotated[str, Field(pattern=r"^[0-9*#]$", coerce_numbers_to_str=True)]

KEYS: Final = ("pause", "back", "forward", "louder", "softer")


class Controls(BaseModel):
    """While it plays, these keys move about in it; every other key ends it, and is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    pause: Key | None = None
    """Silence, until the same key is pressed again."""
    back: Key | None = None
    """So many seconds back."""
    forward: Key | None = None
    """So many seconds on; past the end it is over."""
    louder: Key | None = None
    softer: Key | None = None
    step_s: Annotated[float, Field(gt=0, le=300)] = 5.0
    """How far `back` and `forward` go."""

    @model_validator(mode="after")
    def _one_meaning_each(self) -> Self:
        keys = [key for key in (getattr(self, name) for name in KEYS) if key is not None]
        if not keys:
            raise PydanticCustomError("controls", "has no keys; write e.g. `pause: 5`")
        if len(set(keys)) < len(keys):
            raise PydanticCustomError("controls", "one key has two meanings")
        return self

    def meaning(self, key: str) -> str:
        """One of `KEYS`, or "" for a key that moves nothing."""
        return next((name for name in KEYS if key and getattr(self, name) == key), "")
