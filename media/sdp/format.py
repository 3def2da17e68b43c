"""Writing session descriptions, in the order of RFC 8866 §5; lines end in CRLF."""

from media.sdp.session import Attributes, Media, Session


def format_session(session: Session) -> bytes:
    """The body as it goes on the wire. What it says is what `parse_session` reads back."""
    origin = session.origin
    lines = [
        "v=0",
        f"o={origin.username} {origin.session_id} {origin.version} {_address(origin.address)}",
        f"s={session.name}",
    ]
    if session.connection is not None:
        lines.append(f"c={_address(session.connection)}")
    lines.append(f"t={session.timing}")
    lines += _attributes(session.attributes)
    for media in session.media:
        lines += _media(media)
    return "".join(f"{line}\r\n" for line in lines).encode()


def _media(media: Media) -> list[str]:
    lines = [f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}"]
    if media.connection is not None:
        lines.append(f"c={_address(media.connection)}")
    return lines + _attributes(media.attributes)


def _attributes(attributes: Attributes) -> list[str]:
    return [f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes]


def _address(address: str) -> str:
    return f"IN IP{6 if ':' in address else 4} {address}"
