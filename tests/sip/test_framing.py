"""Messages out of a stream, however it is cut into reads."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import BodyTooLarge, MalformedMessage, MessageTooLarge
from sip.framing import KeepAlive, StreamFramer
from sip.parser import ParserLimits
from sip.serialiser import serialise
from tests.sip.messages import request

PING, PONG = KeepAlive.PING, KeepAlive.PONG
FIRST = serialise(request(body=b"v=0\r\n\r\nx"))
SECOND = serialise(request("BYE", branch="z9hG4bK2"))


@given(st.lists(st.integers(0, len(FIRST + SECOND) + 4), max_size=12))
def test_the_cuts_between_reads_do_not_matter(cuts: list[int]) -> None:
    stream = FIRST + b"\r\n\r\n" + SECOND
    framer = StreamFramer()
    edges = [0, *sorted(cuts), len(stream)]
    items = [item for start, end in pairwise(edges) for item in framer.feed(stream[start:end])]
    assert [item for item in items if isinstance(item, bytes)] == [FIRST, SECOND]
    assert [item for item in items if isinstance(item, KeepAlive)] == [PONG, PING]
    assert framer.idle


def test_byte_by_byte() -> None:
    framer = StreamFramer()
    items = [item for byte in FIRST + SECOND for item in framer.feed(bytes([byte]))]
    assert items == [FIRST, SECOND]


def test_a_lone_crlf_is_told_at_once_and_a_second_one_makes_it_a_ping() -> None:
    framer = StreamFramer()
    assert [*framer.feed(b"\r\n")] == [PONG]
    assert [*framer.feed(b"\r\n")] == [PING]
    assert [*framer.feed(b"\r")] == []
    assert [*framer.feed(b"\n" + FIRST)] == [PONG, FIRST]
    assert [*framer.feed(b"\r\n")] == [PONG]


def test_a_stream_needs_content_length_and_its_lack_can_be_answered() -> None:
    bare = SECOND.replace(b"Content-Length: 0\r\n", b"")
    with pytest.raises(MalformedMessage) as caught:
        [*StreamFramer().feed(bare)]
    assert caught.value.element == "Content-Length"
    assert caught.value.partial is not None
    assert caught.value.partial.method == "BYE"


def test_a_compact_content_length_counts() -> None:
    compact = SECOND.replace(b"Content-Length", b"l ")
    assert [*StreamFramer().feed(compact)] == [compact]


def test_what_came_whole_before_the_stream_broke_is_given_first() -> None:
    fed = StreamFramer().feed(FIRST + SECOND.replace(b"Length: 0", b"Length: x"))
    assert next(fed) == FIRST
    with pytest.raises(MalformedMessage):
        next(fed)


@pytest.mark.parametrize("length", [b"-5", b"x", b"", b"99999999999"])
def test_a_bad_content_length_ends_the_stream(length: bytes) -> None:
    with pytest.raises(MalformedMessage):
        [*StreamFramer().feed(SECOND.replace(b"Length: 0", b"Length: " + length))]


def test_sizes_are_bounded_before_the_bytes_have_come() -> None:
    framer = StreamFramer(ParserLimits(head_bytes=500, body_bytes=100))
    with pytest.raises(BodyTooLarge) as large:
        [*framer.feed(SECOND.replace(b"Length: 0", b"Length: 101"))]
    assert large.value.partial is not None
    endless = StreamFramer(ParserLimits(head_bytes=500))
    assert not [*endless.feed(SECOND[:-2])]
    with pytest.raises(MessageTooLarge) as caught:
        [*endless.feed(b"X: " + b"y" * 600)]
    assert caught.value.partial is not None
