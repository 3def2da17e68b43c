"""Several peers at once, each hearing whom a hear-matrix says."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from media.engine_face import Engine

if TYPE_CHECKING:
    from media.leg import MediaLeg


class Conference:
    """Made by `MediaService.conference`. It ends by itself when nobody is left in it.

    Sound is decoded, buffered (40-120 ms) and added up; a bridge of two passes packets through
    and should be preferred for two. What plays on a leg is heard instead of the others.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._number: int | None = None
        self._hears: dict[MediaLeg, list[MediaLeg]] = {}

    @property
    def legs(self) -> Sequence["MediaLeg"]:
        return list(self._hears)

    def arrange(self, hears: Mapping["MediaLeg", Sequence["MediaLeg"]]) -> None:
        """Let each leg hear those of its row from now on; a closed leg is left out.

        Who has no row any more hears nobody. A leg that was bridged or in another conference
        leaves that.

        Raises:
            ValueError: a row names its own leg, or one that has no row; nothing has changed.
        """
        for leg, heard in hears.items():
            if leg in heard or any(other not in hears for other in heard):
                raise ValueError(f"leg {leg.id} cannot hear {[other.id for other in heard]}")
        for leg in self._hears.keys() - hears.keys():
            leg.conference = None
        for leg in hears:
            if leg.conference is not self and not leg.closed:
                leg.part()
                leg.conference = self
        self._hears = {
            leg: [other for other in heard if not other.closed]
            for leg, heard in hears.items()
            if not leg.closed
        }
        self._tell()

    def remove(self, leg: "MediaLeg") -> None:
        """Take one out; the others go on. Harmless if it is not in."""
        if leg in self._hears:
            leg.conference = None
            rest = self._hears.items()
            self._hears = {
                one: [other for other in heard if other is not leg]
                for one, heard in rest
                if one is not leg
            }
            self._tell()

    def close(self) -> None:
        """Part everybody; harmless if nobody is left."""
        self.arrange({})

    def _tell(self) -> None:
        if self._hears:
            rows = {leg.id: [other.id for other in heard] for leg, heard in self._hears.items()}
            self._number = self._engine.mix(rows, mix=self._number)
        elif self._number is not None:
            self._engine.unmix(self._number)
            self._number = None
