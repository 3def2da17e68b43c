"""split: send a share of the calls each way, to compare them (A/B)."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node


class Share(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    percent: Annotated[float, Field(gt=0, le=100)]
    then: NodeName


class Split(Node):
    """Outcomes are "share_1", "share_2" …, in the order written."""

    kind: Literal["split"] = "split"
    shares: tuple[Share, ...] = Field(min_length=2, max_length=20)
    """They add up to 100 percent."""
    experiment: str = Field(default="", max_length=64)
    """Splits of one name send a call the same way; others decide for themselves."""

    @model_validator(mode="after")
    def _all_calls_go_somewhere(self) -> Self:
        total = sum(share.percent for share in self.shares)
        if abs(total - 100) > 1e-6:
            raise PydanticCustomError(
                "shares", "the shares add up to {total} percent, not 100", {"total": f"{total:g}"}
            )
        return self

    async def run(self, caller: Caller) -> Exit:
        lot = caller.world.lot(self.experiment) * 100
        below = 0.0
        for number, share in enumerate(self.shares, start=1):
            below += share.percent
            if lot < below:
                return Exit(f"share_{number}", share.then)
        return Exit(f"share_{len(self.shares)}", self.shares[-1].then)  # lost to rounding
