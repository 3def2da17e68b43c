"""The caller's stream is one stream: keys in it continue number and time."""

import struct

from tests.rig.rtp_pcap import KEYS, encode_pcmu, rtp_packets


def test_sequence_numbers_have_no_gap_and_sound_keeps_the_clock() -> None:
    packets = [packet for _, packet in rtp_packets(1000, [(200, "1"), (600, "#")])]
    numbers = [struct.unpack_from("!H", packet, 2)[0] for packet in packets]
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    sound = [(struct.unpack_from("!HI", p, 2)) for p in packets if p[1] & 0x7F == 0]
    assert {(at - number * 160) for number, at in sound} == {160_000 - 1000 * 160}


def test_a_key_ends_three_times_with_its_full_duration() -> None:
    event = [p[12:] for _, p in rtp_packets(1000, [(200, "5")]) if p[1] & 0x7F == 96]
    durations = [struct.unpack_from("!H", payload, 2)[0] for payload in event]
    assert durations == [160, 320, 480, 640, 800, 960, 960, 960]
    assert [bool(payload[1] & 0x80) for payload in event] == [False] * 5 + [True] * 3
    assert {KEYS[payload[0]] for payload in event} == {"5"}


def test_mu_law_matches_the_corner_values_of_the_standard() -> None:
    samples = struct.pack("<5h", 0, 32_767, -32_768, 8, -8)
    assert encode_pcmu(samples).hex() == "ff8000fe7e"
