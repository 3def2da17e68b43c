"""authenticate: ask for a PIN and compare it; it is kept nowhere and written nowhere."""

import asyncio
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from ivr.asking import Asking
from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.names import NodeName
from ivr.node import Exit, FlowFault
from ivr.placing import Surroundings
from ivr.tables import Rows, columns_of, read_table

Digits = Annotated[int, Field(ge=3, le=16)]


class Authenticate(Asking):
    """Wrong PINs count over calls: after `lock_after` of them nobody gets in for `lock_s`.

    Who is unknown is asked all the same, so that nobody learns which numbers exist.
    """

    kind: Literal["authenticate"] = "authenticate"
    who: Computed
    """Whose PIN it is: a key of `column`."""
    table: Annotated[str, Field(min_length=1, max_length=200)]
    """A file beside the flow: *.csv, *.json or *.yaml."""
    column: Annotated[str, Field(min_length=1, max_length=64)]
    pin_column: Annotated[str, Field(min_length=1, max_length=64)] = "pin"
    """Holds Argon2 digests, as `sentral agent pin` prints them; never PINs."""
    min_digits: Digits = 4
    max_digits: Digits = 8
    terminator: Literal["#", "*", ""] = "#"
    lock_after: Annotated[int, Field(ge=1, le=100)] = 5
    lock_s: Annotated[float, Field(gt=0, le=86_400)] = 900.0
    next: NodeName
    locked: NodeName | None = None
    """Too many wrong PINs, in this call and earlier ones; without it, `otherwise`."""

    _rows: Rows | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _some_length_fits(self) -> Self:
        if self.min_digits > self.max_digits:
            raise PydanticCustomError("lengths", "min_digits is more than max_digits")
        if self.locked is None and self.otherwise is None:
            raise PydanticCustomError("locked", "write `locked:` or `otherwise:`")
        return self

    def placed(self, around: Surroundings) -> Self:
        rows = read_table(around, ("table",), self.table, self.column)
        if rows and self.pin_column not in columns_of(rows):
            around.mistake(("pin_column",), f"{self.table} has no column '{self.pin_column}'")
        placed = super().placed(around)
        placed._rows = rows
        return placed

    async def run(self, caller: Caller) -> Exit:
        who = self.who.text(caller.variables)
        locked = Exit("locked", self.locked or self._otherwise())
        if self._is_locked(caller, who):
            return locked

        async def fits(keys: str) -> Exit | None:
            if self._is_locked(caller, who):
                return locked
            if await self._right(who, keys):
                caller.world.lockouts.succeeded(self._key(who))
                return Exit("next", self.next, heard=True)
            caller.world.lockouts.failed(self._key(who), _now(), lock_s=self.lock_s)
            return locked if self._is_locked(caller, who) else None

        return await self.ask(
            caller, at_most=self.max_digits, terminator=self.terminator, accept=fits
        )

    def _otherwise(self) -> NodeName:
        assert self.otherwise is not None, "required without `locked:`"
        return self.otherwise

    def _is_locked(self, caller: Caller, who: str) -> bool:
        return caller.world.lockouts.locked(self._key(who), _now(), after=self.lock_after)

    def _key(self, who: str) -> str:
        return f"{self.table}:{who}"

    async def _right(self, who: str, keys: str) -> bool:
        """Takes as long for the unknown as for the known."""
        if self._rows is None:
            raise FlowFault(f"the table {self.table} was not read")
        digest = str(self._rows.get(who, {}).get(self.pin_column, ""))
        fits = self.min_digits <= len(keys) <= self.max_digits
        return await asyncio.to_thread(_is_pin, digest, keys) and fits


def _now() -> float:
    return asyncio.get_running_loop().time()


def _is_pin(digest: str, pin: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(digest or _nobodys_digest(), pin) and bool(digest)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_digest() -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash("nobody's PIN")
