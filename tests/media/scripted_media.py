"""The media room without packets: the real service and legs over a scripted engine.

For tests in virtual time. SDP is negotiated for real; a playback takes as long as its sounds
last in loop time; keys and silence happen when the test says so. `test_media_contract.py` holds
the same checks against this and against the Rust engine.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from media.growing import GrowingSound
from media.leg import MediaLeg
from media.service import MediaService
from media.settings import MediaSettings
from media.sounds import RATE_HZ, SAMPLE_BYTES, Sound
from tests.media.scripted_engine import ScriptedEngine


class ScriptedMediaService(MediaService):
    """A `MediaService` in which the test plays the peers. Start it inside the virtual-time loop.

    A file that does not exist sounds for `lengths_s[its name without ending]`, or one second.
    """

    def __init__(
        self,
        settings: MediaSettings | None = None,
        *,
        lengths_s: Mapping[str, float] | None = None,
    ) -> None:
        chosen = settings or MediaSettings()
        super().__init__(chosen, open_engine=self._script)
        self.script: ScriptedEngine
        """What the engine was told; there after `start`."""
        self._lengths_s = lengths_s or {}
        self._names: dict[int, str] = {}

    def sound(self, path: Path) -> Sound:
        if path.exists():
            return super().sound(path)
        if path not in self._made:
            length = round(self._lengths_s.get(path.stem, 1.0) * RATE_HZ)
            self._made[path] = self.sound_of(bytes(length * SAMPLE_BYTES), path.name)
        return self._made[path]

    async def load(self, path: Path) -> Sound:
        return self.sound(path)

    def sound_of(self, samples: bytes, name: str) -> Sound:
        sound = super().sound_of(samples, name)
        self._names[sound.id] = name
        return sound

    def grow(self, name: str, rate_hz: int = RATE_HZ) -> GrowingSound:
        growing = super().grow(name, rate_hz)
        self._names[growing.sound.id] = name
        return growing

    async def load_wav(self, content: bytes, name: str) -> Sound:
        sound = await super().load_wav(content, name)
        self._names[sound.id] = name
        return sound

    def press(self, leg: MediaLeg, keys: str, *, duration_ms: int = 100) -> None:
        """The peer of this leg presses keys; they are told in the next turns of the loop."""
        for key in keys:
            self.script.hear_digit(leg.id, key, duration_ms)

    def sound_begins(self, leg: int) -> None:
        """The peer of this leg, by its number, sends its first packet."""
        host, port = self.script.legs[leg].remote or ("", 0)
        self.script.emit(("latched", leg, host, port))

    def fall_silent(self, leg: MediaLeg) -> None:
        """From now on nothing comes from the peer of this leg."""
        self.script.fall_silent(leg.id)

    def sound_again(self, leg: MediaLeg) -> None:
        self.script.sound_again(leg.id)

    def playing(self, leg: MediaLeg) -> Sequence[str]:
        """Names of the sounds that play on this leg now; for files their file names."""
        return [self._names[sound] for sound in self.script.legs[leg.id].playing]

    def hears(self, leg: MediaLeg) -> str:
        """What its peer hears: "nothing", "leg N" ("leg N, leg M"...) or the names of sounds."""
        state = self.script.legs[leg.id]
        if state.remote is None or not state.sends:
            return "nothing"
        if state.playing:
            return ", ".join(self.playing(leg))
        if state.hears:
            heard = [n for n in state.hears if self.script.legs[n].receives]
            return ", ".join(f"leg {number}" for number in heard) or "nothing"
        partner = self.script.legs.get(state.partner or 0)
        return f"leg {state.partner}" if partner is not None and partner.receives else "nothing"

    def bridged(self) -> set[frozenset[int]]:
        """Pairs of leg ids that hear each other."""
        return {
            frozenset((number, leg.partner))
            for number, leg in self.script.legs.items()
            if leg.partner is not None
        }

    @property
    def open_legs(self) -> int:
        return len(self.script.legs)

    def _script(self, settings: MediaSettings) -> ScriptedEngine:
        self.script = ScriptedEngine(settings.port_first, settings.port_last)
        self._made: dict[Path, Sound] = {}
        return self.script
