"""Bytes to messages: RFC 3261 §7 and §18.3, one pass, values parsed only when asked for.

What every later step leans on is checked here: the start-line, the shape of each header line,
the presence and uniqueness of Via, From, To, Call-ID and CSeq, the CSeq itself, and
Content-Length. Addresses stay text until `sip.headers` is asked (`sip.inspection` asks for a
request's once per transaction).
"""

from dataclasses import dataclass
from typing import Final

from sip.errors import BodyTooLarge, MalformedMessage, MessageTooLarge, UnsupportedVersion
from sip.grammar import DIGITS, LWS, TOKEN_CHARS
from sip.header_names import CANONICAL, SINGLE, canonical_name
from sip.headers.cseq import parse_cseq
from sip.message import Headers, Message, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserLimits:
    """Bounds on one message; what is beyond is refused with 513 or 413."""

    head_bytes: int = 16_384
    """Start-line and headers together."""
    body_bytes: int = 65_536
    header_count: int = 256
    line_chars: int = 8_192
    """One header after unfolding, name included."""


DEFAULT_LIMITS: Final = ParserLimits()
_VERSION: Final = "SIP/2.0"
_CONTINUES: Final = ("", " ", "\t")
_REQUIRED: Final = ("Via", "From", "To", "Call-ID", "CSeq")


def parse_message(data: bytes, *, limits: ParserLimits = DEFAULT_LIMITS) -> Message:
    """Read one datagram, or one message that `StreamFramer` cut out.

    A body longer than Content-Length is cut, the rest is discarded (§18.3). Line ends may be bare
    line feeds, and the empty line may be missing when there is no body: both are seen in the wild.

    Raises:
        MalformedMessage: see its subclasses for the status; `partial` says whether an answer
            is possible. Nothing else is raised, whatever the bytes.
    """
    head_bytes, body = _split(data)
    if len(head_bytes) > limits.head_bytes:
        text = _lines(head_bytes[: limits.head_bytes])
        error: MalformedMessage = MessageTooLarge(
            "message", f"headers longer than {limits.head_bytes} bytes", text[0] if text else ""
        )
        error.partial = _partial(text[:-1])
        raise error
    lines = _lines(head_bytes)
    try:
        try:
            return _parse(lines, body, limits)
        except _Folded:
            lines = _unfold(lines)
            return _parse(lines, body, limits)
    except MalformedMessage as error:
        error.partial = _partial(lines)
        raise


def _split(data: bytes) -> tuple[bytes, bytes]:
    """The head without its last line end, and what follows the empty line."""
    data = data.lstrip(b"\r\n")  # §7.5
    end = data.find(b"\r\n\r\n")
    if end >= 0 and data.count(b"\n", 0, end) == data.count(b"\r", 0, end):
        return data[:end], data[end + 4 :]
    bare = data.find(b"\n\n")
    if end >= 0 and not 0 <= bare < end:
        return data[:end], data[end + 4 :]
    if bare >= 0:
        return data[:bare], data[bare + 2 :]
    return data.rstrip(b"\r\n"), b""


def _lines(head: bytes) -> list[str]:
    """The lines as sent. Bytes that are not UTF-8 survive as surrogates."""
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n")
    if text.count("\n") != len(lines) - 1:
        return _unfold(text.replace("\r\n", "\n").split("\n"))
    return lines


class _Folded(Exception):
    """A line continues the one before it, §7.3.1: seen only when a name makes no sense, as
    looking for it in every message would cost more than all else that is done with lines."""


def _unfold(lines: list[str]) -> list[str]:
    unfolded: list[list[str]] = []
    for line in lines:
        if line[:1] in ("", " ", "\t") and unfolded:
            unfolded[-1].append(line.strip(LWS))
        else:
            unfolded.append([line])
    return [" ".join(parts) for parts in unfolded]


def _parse(lines: list[str], body: bytes, limits: ParserLimits) -> Message:
    start = lines[0]
    if len(lines) - 1 > limits.header_count:
        raise MessageTooLarge("message", f"more than {limits.header_count} headers", start)
    if max(map(len, lines)) > limits.line_chars:
        raise MessageTooLarge("message", "a line is too long", start)
    headers, seen = _headers(lines)
    if start.startswith("SIP/"):
        status, reason = _status_line(start)
        _require(seen, start)
        parse_cseq(seen["CSeq"])
        return Response(status, reason, headers, _body(seen, body, limits))
    method, uri = _request_line(start)
    _require(seen, start)
    _, cseq_method = parse_cseq(seen["CSeq"])
    if cseq_method != method:
        raise MalformedMessage("CSeq", f"not the method {method[:40]}", seen["CSeq"])
    return Request(method, uri, headers, _body(seen, body, limits))


def _headers(lines: list[str]) -> tuple[Headers, dict[str, str]]:
    """The header pairs, and one value of each header that we look at here."""
    headers: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for line in lines[1:]:
        spelling, colon, value = line.partition(":")
        if not colon:
            if line[:1] in _CONTINUES:
                raise _Folded
            raise MalformedMessage("header", "no colon", line)
        name = CANONICAL.get(spelling) or _unusual_name(spelling, line)
        value = value.strip(LWS)
        if "\r" in value:
            raise MalformedMessage(name, "a bare carriage return", value)
        if name in SINGLE:
            if name in seen:
                raise MalformedMessage(name, "given more than once", value)
            seen[name] = value
        elif name == "Via":
            if not value:
                raise MalformedMessage("Via", "empty", line)
            seen[name] = value
        headers.append((name, value))
    return tuple(headers), seen


def _unusual_name(spelling: str, line: str) -> str:
    if spelling[:1] in (" ", "\t"):
        raise _Folded
    name = spelling.rstrip(LWS)
    if not name or name.strip(TOKEN_CHARS):
        raise MalformedMessage("header", "name is not a token", line)
    return canonical_name(name)


def _require(seen: dict[str, str], start: str) -> None:
    for name in _REQUIRED:
        if not seen.get(name):
            raise MalformedMessage(name, "missing or empty", start)


def _request_line(line: str) -> tuple[str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or not parts[0] or parts[0].strip(TOKEN_CHARS) or not parts[1]:
        raise MalformedMessage("start-line", "not METHOD URI SIP/2.0", line)
    method, uri, version = parts
    if version != _VERSION and version.upper() != _VERSION:
        if version.upper().startswith("SIP/") and version[4:].replace(".", "").isalnum():
            raise UnsupportedVersion("start-line", "not SIP/2.0", line)
        raise MalformedMessage("start-line", "not METHOD URI SIP/2.0", line)
    if "\r" in uri or "\t" in uri:
        raise MalformedMessage("start-line", "white space in the Request-URI", line)
    return method, uri


def _status_line(line: str) -> tuple[int, str]:
    version, _, rest = line.partition(" ")
    code, _, reason = rest.partition(" ")
    if version.upper() != _VERSION:
        raise UnsupportedVersion("start-line", "not SIP/2.0", line)
    if len(code) != 3 or code.strip(DIGITS) or not "100" <= code <= "699":
        raise MalformedMessage("start-line", "not a status from 100 to 699", line)
    if "\r" in reason:
        raise MalformedMessage("start-line", "a bare carriage return", line)
    return int(code), reason


def _body(seen: dict[str, str], body: bytes, limits: ParserLimits) -> bytes:
    text = seen.get("Content-Length")
    if text is None:
        length = len(body)
    elif not text or text.strip(DIGITS) or len(text) > 10:
        raise MalformedMessage("Content-Length", "not a length", text)
    else:
        length = int(text)
    if length > limits.body_bytes:
        raise BodyTooLarge("Content-Length", f"more than {limits.body_bytes} bytes", str(length))
    if length > len(body):
        raise MalformedMessage("Content-Length", f"only {len(body)} bytes came", text or "")
    return body if length == len(body) else body[:length]


def _partial(lines: list[str]) -> Request | None:
    """What can be saved of a bad request to answer it, None if too little or if it needs none."""
    if not lines or lines[0].startswith("SIP/"):
        return None
    parts = lines[0].split()
    if len(parts) < 2 or parts[0] == "ACK" or parts[0].strip(TOKEN_CHARS):
        return None
    headers: list[tuple[str, str]] = []
    found: set[str] = set()
    for line in lines[1:]:
        spelling, colon, value = line.partition(":")
        name = canonical_name(spelling.rstrip(LWS))
        value = value.strip(LWS)
        usable = colon and value and "\r" not in value and name in _REQUIRED
        if usable and (name == "Via" or name not in found):
            headers.append((name, value))
            found.add(name)
    if len(found) < len(_REQUIRED):
        return None
    return Request(parts[0], parts[1], tuple(headers))
