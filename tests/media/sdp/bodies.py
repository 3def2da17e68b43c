"""Bodies of SIP messages for tests: a real phone's, and hostile ones made from its lines."""

from typing import Final

from hypothesis import strategies as st

PHONE: Final = b"""v=0\r
o=alice 2890844526 2890844527 IN IP4 192.0.2.10\r
s=Session SDP\r
c=IN IP4 192.0.2.10\r
b=AS:84\r
t=0 0\r
a=X-nat:0\r
m=audio 49170 RTP/AVP 9 0 8 96 101\r
a=rtpmap:96 opus/48000/2\r
a=fmtp:96 useinbandfec=1\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-15\r
a=ptime:20\r
a=maxptime:150\r
a=rtcp:49175 IN IP4 192.0.2.10\r
a=sendrecv\r
m=video 51372 RTP/AVP 31\r
c=IN IP6 2001:db8::1\r
a=recvonly\r
"""

LINES: Final = st.one_of(
    st.sampled_from(PHONE.splitlines()),
    st.builds(
        lambda kind, rest: kind.encode() + b"=" + rest,
        st.sampled_from("voscbtam"),
        st.binary(max_size=60),
    ),
    st.binary(max_size=80),
)
BODIES: Final = st.binary(max_size=400) | st.lists(LINES, max_size=30).map(
    lambda lines: b"v=0\n" + b"\n".join(lines)
)
