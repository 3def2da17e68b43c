"""Reading session descriptions: RFC 8866 §9, as tolerant as phones in the field need.

Lines may end in CR, LF or both, come in odd order, and be of unknown type; o=, s= and t= may be
missing. What cannot be missing is `v=0` and, where there is media, a readable m= line.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from media.errors import MalformedSession
from media.sdp.session import Media, Origin, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """What a peer may make us read. Real descriptions are a tenth of this."""

    bytes: int = 16_384
    lines: int = 512
    line_bytes: int = 2_048
    media: int = 16
    formats: int = 64


LIMITS: Final = SessionLimits()

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TOKEN: Final = r"[!#-'*+\-.0-9A-Z^-~]{1,64}"
_MEDIA: Final = re.compile(
    rf"({_TOKEN})[ \t]+([0-9]{{1,5}})(?:/[0-9]{{1,5}})?"
    rf"[ \t]+({_TOKEN}(?:/{_TOKEN}){{0,4}})((?:[ \t]+[!-~]{{1,64}})*)[ \t]*"
)
_ORIGIN: Final = re.compile(
    r"(\S{1,128})[ \t]+([0-9]{1,32})[ \t]+([0-9]{1,32})"
    r"[ \t]+\S{1,16}[ \t]+\S{1,16}[ \t]+(\S{1,255})[ \t]*"
)
_CONNECTION: Final = re.compile(
    r"IN[ \t]+IP[46][ \t]+([^\s/]{1,255})(?:/[0-9/]{0,16})?[ \t]*", re.I
)
_TIMING: Final = re.compile(r"[0-9]{1,20}[ \t]+[0-9]{1,20}")
_NO_ORIGIN: Final = Origin(session_id=0, version=0, address="0.0.0.0")


@dataclass(slots=True)
class _Section:
    """Lines read so far of the session part or of one m= section."""

    media: Media | None = None
    connection: str | None = None
    attributes: list[tuple[str, str | None]] = field(default_factory=list)

    def finished(self) -> Media:
        assert self.media is not None
        head = self.media
        return Media(
            kind=head.kind,
            port=head.port,
            protocol=head.protocol,
            formats=head.formats,
            connection=self.connection,
            attributes=tuple(self.attributes),
        )


def parse_session(data: bytes, *, limits: SessionLimits = LIMITS) -> Session:
    """Read one description.

    Raises:
        MalformedSession: it is larger than the limits, does not start with `v=0`, or has a line
            that is no line, or an o=, c= or m= line that cannot be read.
    """
    if len(data) > limits.bytes:
        raise MalformedSession(f"more than {limits.bytes} bytes")
    text = data.decode("utf-8", errors="replace")
    if "\0" in text:
        raise MalformedSession("a NUL", text)
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    if not lines or lines[0].rstrip() != "v=0":
        raise MalformedSession("no v=0 at the start", text)
    if len(lines) > limits.lines:
        raise MalformedSession(f"more than {limits.lines} lines")
    return _read(lines[1:], limits)


def _read(lines: list[str], limits: SessionLimits) -> Session:
    sections = [_Section()]
    plain: dict[str, str] = {}
    for line in lines:
        kind, value = _split(line, limits)
        section = sections[-1]
        if kind == "m":
            sections.append(_Section(_media(value, limits)))
            if len(sections) > limits.media + 1:
                raise MalformedSession(f"more than {limits.media} media")
        elif kind == "c":
            section.connection = section.connection or _connection(value)
        elif kind == "a":
            name, colon, rest = value.partition(":")
            section.attributes.append((name.strip(), rest if colon else None))
        elif len(sections) == 1:
            plain.setdefault(kind, value)
    timing = plain.get("t", "").strip()
    return Session(
        origin=_origin(plain["o"]) if "o" in plain else _NO_ORIGIN,
        media=tuple(section.finished() for section in sections[1:]),
        connection=sections[0].connection,
        name=plain.get("s", "").strip() or "-",
        timing=timing if _TIMING.fullmatch(timing) else "0 0",
        attributes=tuple(sections[0].attributes),
    )


def _split(line: str, limits: SessionLimits) -> tuple[str, str]:
    if len(line) > limits.line_bytes:
        raise MalformedSession(f"a line of more than {limits.line_bytes} bytes", line)
    if len(line) < 2 or line[1] != "=" or not (line[0].isascii() and line[0].isalpha()):
        raise MalformedSession("no <type>=<value>", line)
    return line[0], line[2:]


def _media(value: str, limits: SessionLimits) -> Media:
    match = _MEDIA.fullmatch(value)
    if match is None or int(match[2]) > 65535:
        raise MalformedSession("m= line", value)
    formats = match[4].split()
    if len(formats) > limits.formats:
        raise MalformedSession(f"m= line of more than {limits.formats} formats", value)
    return Media(match[1], int(match[2]), match[3], tuple(formats))


def _origin(value: str) -> Origin:
    match = _ORIGIN.fullmatch(value)
    if match is None:
        raise MalformedSession("o= line", value)
    return Origin(int(match[2]), int(match[3]), match[4], match[1])


def _connection(value: str) -> str:
    match = _CONNECTION.fullmatch(value)
    if match is None:
        raise MalformedSession("c= line", value)
    return match[1]
