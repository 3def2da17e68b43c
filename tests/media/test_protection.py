"""What a leg tells the engine about protection, and what outlives the process."""

import json

import pytest

from media.errors import NotAcceptable
from media.events import MediaEvent, SoundLost, SoundProtected
from media.protection import Protection
from tests.media.scripted_media import ScriptedMediaService
from tests.media.sdp.test_protection import BROWSER, KEY, STRONG, sdes

OFFER = sdes(f"1 {STRONG} inline:{KEY}")


async def test_the_engine_is_told_once_and_again_after_a_restart() -> None:
    media = ScriptedMediaService()
    await media.start()
    leg = media.open(signalling_host="192.0.2.10", on_event=lambda _: None)
    leg.answer(OFFER)
    told = media.script.legs[leg.id].protection["sdes"]
    assert isinstance(told, tuple)
    assert (told[0], told[2]) == (STRONG, bytes([7] * 30))
    media.script.legs[leg.id].protection = {}
    leg.answer(OFFER)
    assert media.script.legs[leg.id].protection == {}, "nothing new was said"
    snapshot = json.loads(json.dumps(leg.snapshot()))
    await media.stop()

    media = ScriptedMediaService()
    await media.start()
    again = media.restore(snapshot, lambda _: None)
    assert media.script.legs[again.id].protection["sdes"] == told
    await media.stop()


async def test_a_browser_is_given_ice_and_a_handshake() -> None:
    media = ScriptedMediaService()
    await media.start()
    leg = media.open(signalling_host="192.0.2.10", on_event=lambda _: None)
    answer = leg.answer(BROWSER).decode()
    told = media.script.legs[leg.id].protection
    assert told["rtcp_mux"] is True
    assert isinstance(told["ice"], tuple)
    ufrag, password, peer = told["ice"]
    assert peer == "Fq3k"
    assert f"a=ice-ufrag:{ufrag}\r\n" in answer
    assert f"a=ice-pwd:{password}\r\n" in answer
    assert len(password) >= 22
    await media.stop()


async def test_two_legs_never_share_a_secret() -> None:
    media = ScriptedMediaService()
    await media.start()
    legs = [media.open(signalling_host="192.0.2.10", on_event=lambda _: None) for _ in range(2)]
    answers = [leg.answer(OFFER) for leg in legs]
    keys = [line for body in answers for line in body.splitlines() if line.startswith(b"a=crypto")]
    assert len(set(keys)) == 2
    await media.stop()


async def test_what_is_required_is_required_in_answers_too() -> None:
    media = ScriptedMediaService()
    await media.start()
    leg = media.open(
        signalling_host="192.0.2.10",
        protection=Protection("required", "sdes"),
        on_event=lambda _: None,
    )
    assert b"RTP/SAVP" in leg.offer()
    with pytest.raises(NotAcceptable):
        leg.accept_answer(sdes(protocol="RTP/AVP"))
    assert leg.agreement is None
    await media.stop()


async def test_the_handshake_s_outcome_reaches_the_owner() -> None:
    media = ScriptedMediaService()
    await media.start()
    heard: list[MediaEvent] = []
    leg = media.open(signalling_host="192.0.2.10", on_event=heard.append)
    leg.answer(BROWSER)
    leg.handle(("secured", leg.id, "AEAD_AES_128_GCM", None))
    leg.handle(("security_failed", leg.id, "the certificate is not the one announced", None))
    assert heard == [SoundProtected("dtls AEAD_AES_128_GCM"), SoundLost(0.0)]
    await media.stop()
