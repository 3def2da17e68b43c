"""Recordings sealed as they are written: read back, cut off, changed, brought into form."""

import wave
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from sentral_media_engine import Engine

from media.sealed_wav import WRITTEN, is_sealed, new_seal, pieces, reader, repair
from media.sealing import KEY_BYTES, MAGIC, NotOurs, unsealed
from media.storing import Form, store
from tests.media.engine.peer import Events, Peer, connect, port_range, running
from tests.media.engine.test_recording import has_only, sides
from tests.media.engine.tones import converse

KEY = bytes(range(KEY_BYTES))
HEAD = len(WRITTEN) + 16
LENGTH_BYTES, TAG_BYTES = 4, 16


def chunks(content: bytes) -> list[slice]:
    """Where each is, with its length and tag."""
    at, found = HEAD, []
    while at < len(content):
        end = at + LENGTH_BYTES + int.from_bytes(content[at : at + LENGTH_BYTES], "little")
        found.append(slice(at, end))
        at = end
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the engine wrote of two who speak for more than a second."""
    path = tmp_path_factory.mktemp("sealed") / "call.wav"
    with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
        caller, agent = connect(engine, a), connect(engine, b)
        engine.bridge(caller, agent)
        recording = engine.start_recording(path, seal=new_seal(KEY))
        engine.assign_recording(recording, left=caller, right=agent)
        converse([a, b], 60)
        engine.stop_recording(recording)
        _, _, duration_ms, _ = Events(engine).next("recording_finished")
    assert path.stat().st_mode & 0o077 == 0
    assert duration_ms == round(repair(path, KEY) * 1000)
    return path.read_bytes()


@pytest.fixture
def sealed(written: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    path.write_bytes(written)
    return path


def test_what_was_said_is_there_and_nothing_of_it_on_the_disk(sealed: Path, tmp_path: Path) -> None:
    assert is_sealed(sealed)
    plain = tmp_path / "plain.wav"
    plain.write_bytes(b"".join(pieces(sealed, KEY)))
    left, right = sides(plain)
    assert has_only(left[2000:8000], 0)
    assert has_only(right[2000:8000], 1)
    on_disk = sealed.read_bytes()
    assert b"RIFF" not in on_disk
    assert plain.read_bytes()[8000:8016] not in on_disk
    assert len(chunks(on_disk)) > 3, "while it went on"
    assert b"".join(pieces(plain, None)) == plain.read_bytes(), "what is plain stays as it is"
    assert reader(sealed, KEY).read() == plain.read_bytes()


def test_a_killed_process_leaves_all_but_the_last_chunk(sealed: Path) -> None:
    content = sealed.read_bytes()
    *before, last = chunks(content)
    whole = b"".join(pieces(sealed, KEY))
    lost = last.stop - last.start - LENGTH_BYTES - TAG_BYTES
    for left in (1, LENGTH_BYTES, LENGTH_BYTES + 1, last.stop - last.start - 1):
        sealed.write_bytes(content[: last.start + left])
        found = b"".join(pieces(sealed, KEY))
        with wave.open(BytesIO(found)) as file:
            assert file.getnframes() * 4 == len(found) - 44 == len(whole) - 44 - lost
        seconds = repair(sealed, KEY)
        assert seconds == pytest.approx((len(found) - 44) / 32_000)
        assert repair(sealed, KEY) == seconds
        assert sealed.stat().st_size == before[-1].stop
    sealed.write_bytes(content[: last.start + LENGTH_BYTES] + bytes(last.stop - last.start - 4))
    repair(sealed, KEY)
    assert sealed.read_bytes() == content[: last.start], "a place that was kept and never filled"
    sealed.write_bytes(content + bytes(4096))
    assert repair(sealed, KEY) == pytest.approx((len(whole) - 44) / 32_000)


def _swapped(content: bytes) -> bytes:
    _, one, two, *_ = chunks(content)
    return content[: one.start] + content[two] + content[one] + content[two.stop :]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:50] + bytes([content[50] ^ 1]) + content[51:],
        lambda content: content[:10] + bytes([content[10] ^ 1]) + content[11:],
        _swapped,
        lambda content: content[:HEAD],
        lambda content: content[: HEAD + 9],
    ],
    ids=["text", "salt", "order", "empty", "cut header"],
)
def test_what_was_changed_is_not_ours(sealed: Path, change: Callable[[bytes], bytes]) -> None:
    sealed.write_bytes(change(sealed.read_bytes()))
    with pytest.raises(NotOurs):
        list(pieces(sealed, KEY))
    if change is not _swapped:  # a start looks at the first chunk and the last
        with pytest.raises(NotOurs):
            repair(sealed, KEY)


@pytest.mark.parametrize("key", [None, bytes(KEY_BYTES)])
def test_nobody_else_opens_it(sealed: Path, key: bytes | None) -> None:
    with pytest.raises(NotOurs, match="key"):
        list(pieces(sealed, key))


@pytest.mark.parametrize("form", ["wav", "opus", "mp3"])
def test_its_final_form_is_made_of_it(sealed: Path, form: Form) -> None:
    whole = b"".join(pieces(sealed, KEY))
    final = store(sealed, form, KEY)
    assert [each.name for each in sealed.parent.iterdir()] == [f"call.{form}.sealed"]
    assert final.read_bytes().startswith(MAGIC)
    content = b"".join(unsealed(final, KEY))
    if form == "wav":
        assert content == whole
        return
    import av

    with av.open(BytesIO(content), "r") as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    assert np.abs(np.concatenate([block.ravel() for block in blocks])).max() > 0


def test_what_cannot_be_brought_into_form_stays(sealed: Path) -> None:
    content = sealed.read_bytes()
    with pytest.raises(NotOurs):
        store(sealed, "opus", bytes(KEY_BYTES))
    assert [each.name for each in sealed.parent.iterdir()] == ["call.wav"]
    assert sealed.read_bytes() == content
