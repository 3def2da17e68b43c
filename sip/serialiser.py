"""Messages to bytes."""

from sip.message import Message, Request


def serialise(message: Message) -> bytes:
    """The message as it goes on the wire, with a Content-Length that is right, §18.3.

    Our own code builds messages from checked parts, so a line break in a header is our mistake
    and an assertion: on the wire it would smuggle in a header.
    """
    if isinstance(message, Request):
        head = f"{message.method} {message.uri} SIP/2.0\r\n"
    else:
        head = f"SIP/2.0 {message.status} {message.reason}\r\n"
    lines = [f"{name}: {value}\r\n" for name, value in message.headers if name != "Content-Length"]
    text = f"{head}{''.join(lines)}Content-Length: {len(message.body)}\r\n\r\n"
    breaks = len(lines) + 3
    assert text.count("\n") == breaks, "line feed inside a header"
    assert text.count("\r") == breaks, "carriage return inside a header"
    return text.encode("utf-8", "surrogateescape") + message.body
