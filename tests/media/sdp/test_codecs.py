"""Which codec a payload type is, and what peers ask of Opus."""

from dataclasses import replace

import pytest

from media.sdp.codecs import CODECS, OpusWishes, codec_of, opus_wishes
from media.sdp.negotiation import Agreement, LocalStream, Negotiation
from media.sdp.session import Format

ALL = ("PCMU", "PCMA", "G722", "OPUS")


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (Format(0, "pcmu", 8000), "PCMU"),
        (Format(9, "G722", 8000), "G722"),
        (Format(107, "G722", 16000), "G722"),
        (Format(111, "opus", 48000, 2), "OPUS"),
        (Format(111, "OPUS", 48000), "OPUS"),
        (Format(111, "opus", 16000, 2), None),
        (Format(18, "G729", 8000), None),
        (Format(0, "PCMU", 16000), None),
    ],
)
def test_a_codec_is_known_by_name_clock_and_channels(payload: Format, name: str | None) -> None:
    assert codec_of(payload, ALL) == name


def test_what_is_switched_off_is_not_known() -> None:
    assert codec_of(CODECS["OPUS"], ("PCMU", "G722")) is None


@pytest.mark.parametrize(
    ("fmtp", "wishes"),
    [
        ("", OpusWishes()),
        ("minptime=10;useinbandfec=1", OpusWishes(fec=True)),
        ("useinbandfec=1; usedtx=1 ;stereo=1", OpusWishes(fec=True, dtx=True)),
        ("maxaveragebitrate=24000;maxplaybackrate=16000", None),
        ("maxplaybackrate=8000", OpusWishes(max_rate_hz=8000)),
        ("maxplaybackrate=24000", OpusWishes(max_rate_hz=16000)),
        ("maxplaybackrate=1", OpusWishes()),
        ("maxaveragebitrate=1;useinbandfec=yes;;=;x", OpusWishes()),
        ("maxaveragebitrate=99999999999999999999", OpusWishes()),
    ],
)
def test_wishes_are_read_and_nonsense_is_passed_over(fmtp: str, wishes: OpusWishes | None) -> None:
    expected = wishes or OpusWishes(bitrate=24000, max_rate_hz=16000)
    assert opus_wishes(fmtp) == expected


def body(media: str) -> bytes:
    head = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    return (head + "\r\n".join(media.split("\n")) + "\r\n").encode()


def answered(media: str, codecs: tuple[str, ...] = ALL) -> tuple[Agreement, str]:
    local = LocalStream(address="192.0.2.1", port=20000, codecs=codecs)
    negotiation = Negotiation(local, session_id=7)
    answer = negotiation.answer(body(media))
    assert negotiation.agreement is not None
    again = Negotiation.restore(local, negotiation.snapshot())
    assert again.agreement == negotiation.agreement
    return negotiation.agreement, answer.decode()


BROWSER = """m=audio 4000 RTP/AVP 111 63 9 0 8 13 110 126
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=maxptime:60"""


def test_the_first_of_the_callers_codecs_that_we_speak_is_taken() -> None:
    agreement, answer = answered(BROWSER)
    assert (agreement.codec, agreement.payload_type) == ("OPUS", 111)
    assert (agreement.dtmf_payload_type, agreement.dtmf_clock_hz) == (110, 48000)
    assert agreement.noise_payload_type is None, "comfort noise has G.711's clock"
    assert (agreement.opus.fec, agreement.maxptime_ms) == (True, 60)
    assert "m=audio 20000 RTP/AVP 111 110\r\n" in answer
    assert "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n" in answer


def test_keys_and_comfort_noise_follow_the_codec() -> None:
    agreement, answer = answered(BROWSER, codecs=("PCMU", "PCMA", "G722"))
    assert (agreement.codec, agreement.payload_type) == ("G722", 9)
    assert (agreement.dtmf_payload_type, agreement.dtmf_clock_hz) == (126, 8000)
    assert agreement.noise_payload_type == 13
    assert "m=audio 20000 RTP/AVP 9 13 126\r\n" in answer
    assert "a=rtpmap:9 G722/8000\r\n" in answer
    assert "a=rtpmap:13 CN/8000\r\n" in answer


@pytest.mark.parametrize("codec", ALL)
@pytest.mark.parametrize(
    ("said", "ptime_ms", "of_opus_ms"),
    [
        ("", 20, 20),
        ("a=ptime:10", 10, 10),
        ("a=ptime:20", 20, 20),
        ("a=ptime:30", 30, 20),
        ("a=ptime:40", 40, 40),
        ("a=ptime:50", 40, 40),
        ("a=ptime:60", 60, 60),
        ("a=maxptime:30", 20, 20),
        ("a=ptime:60\na=maxptime:30", 30, 20),
        ("a=ptime:60\na=maxptime:10", 10, 10),
        ("a=ptime:120", 60, 60),
        ("a=ptime:3", 10, 10),
    ],
)
def test_packets_are_as_long_as_the_peer_wants_and_the_codec_can(
    codec: str, said: str, ptime_ms: int, of_opus_ms: int
) -> None:
    payload = CODECS[codec]
    line = f"m=audio 4000 RTP/AVP {payload.payload_type}\n"
    agreement, _ = answered(
        line + f"a=rtpmap:{payload.payload_type} {payload.encoding}" + f"\n{said}" * bool(said)
    )
    assert agreement.codec == codec
    assert agreement.ptime_ms == (of_opus_ms if codec == "OPUS" else ptime_ms)


def test_comfort_noise_that_is_switched_off_is_neither_taken_nor_offered() -> None:
    local = LocalStream(
        address="192.0.2.1", port=20000, codecs=ALL, comfort_noise=False, offers_noise=True
    )
    negotiation = Negotiation(local, session_id=7)
    assert b"CN" not in negotiation.answer(body("m=audio 4000 RTP/AVP 0 13"))
    assert negotiation.agreement is not None
    assert negotiation.agreement.noise_payload_type is None
    assert b"CN" not in Negotiation(local, session_id=7).offer()


@pytest.mark.parametrize(
    ("codecs", "said", "noise"),
    [
        (ALL, "m=audio 4000 RTP/AVP 0 13", 13),
        (ALL, "m=audio 4000 RTP/AVP 0", None),
        (ALL, "m=audio 4000 RTP/AVP 96 13\na=rtpmap:96 opus/48000/2", None),
        (("PCMU",), "m=audio 4000 RTP/AVP 0 97\na=rtpmap:97 CN/8000", 97),
    ],
)
def test_comfort_noise_that_we_offer_counts_once_it_is_taken(
    codecs: tuple[str, ...], said: str, noise: int | None
) -> None:
    local = LocalStream(address="192.0.2.1", port=20000, codecs=codecs, offers_noise=True)
    negotiation = Negotiation(local, session_id=7)
    assert b" 13 " in negotiation.offer()
    assert negotiation.accept_answer(body(said)).noise_payload_type == noise
    assert b"CN/8000" not in Negotiation(replace(local, codecs=("OPUS",)), session_id=7).offer()


def test_keys_of_another_clock_are_taken_with_opus_alone() -> None:
    opus = "m=audio 4000 RTP/AVP 96 101\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/"
    agreement, _ = answered(opus + "8000")
    assert (agreement.dtmf_payload_type, agreement.dtmf_clock_hz) == (101, 8000)
    g711 = "m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/48000"
    assert answered(g711)[0].dtmf_payload_type is None


def test_our_offer_names_every_codec_once_and_keys_at_both_clocks() -> None:
    local = LocalStream(address="192.0.2.1", port=20000, codecs=ALL)
    offer = Negotiation(local, session_id=7).offer().decode()
    line = next(line for line in offer.splitlines() if line.startswith("m="))
    numbers = line.split()[3:]
    assert numbers[:3] == ["0", "8", "9"]
    assert len(numbers) == len(set(numbers)) == 6
    assert "opus/48000/2" in offer
    assert "telephone-event/8000" in offer
    assert "telephone-event/48000" in offer
    narrow = LocalStream(address="192.0.2.1", port=20000, codecs=("PCMU", "PCMA"))
    assert "48000" not in Negotiation(narrow, session_id=7).offer().decode()
