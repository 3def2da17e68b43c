"""A sound that is played while it is still spoken."""

from collections.abc import Callable

from media.engine_face import Engine
from media.sounds import Sound


class GrowingSound:
    """Made by `MediaService.grow`. Where it is late, silence is heard, which is counted."""

    def __init__(
        self, engine: Engine, name: str, rate_hz: int, is_open: Callable[[], bool]
    ) -> None:
        self._engine = engine
        self._is_open = is_open
        self.sound = Sound(engine.begin_sound(rate_hz), name, 0.0)
        """Can be played at once, on any leg; its length is not known."""

    def extend(self, samples: bytes) -> None:
        """Add 16-bit little-endian mono samples.

        Raises:
            ValueError: half a sample is left over, or it would be longer than half an hour.
            KeyError: it has ended.
        """
        if self._is_open():
            self._engine.extend_sound(self.sound.id, samples)

    def end(self) -> None:
        """Nothing will be added: it is over when all of it was heard. Idempotent."""
        if self._is_open():
            self._engine.end_sound(self.sound.id)

    def release(self) -> None:
        """Forget it, once; who plays it hears what there is to its end."""
        if self._is_open():
            self._engine.unload_sound(self.sound.id)
