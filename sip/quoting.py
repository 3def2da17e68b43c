"""Text in quotes and in angles, as headers write it: RFC 3261 §25.1. Nothing here can fail."""


def quote(text: str) -> str:
    """Make a quoted-string; line breaks, which it cannot carry, become spaces."""
    flat = text.replace("\r", " ").replace("\n", " ")
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """The content of a quoted-string, or the text itself if it is not quoted."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    characters: list[str] = []
    escaped = False
    for character in inner:
        if escaped or character != "\\":
            characters.append(character)
            escaped = False
        else:
            escaped = True
    return "".join(characters)


def closing_quote(text: str, opening: int) -> int:
    """Index of the quote that ends the quoted-string which begins at `opening`, -1 if none does."""
    position = opening + 1
    while True:
        end = text.find('"', position)
        if end < 0:
            return -1
        backslashes = 0
        while text[end - 1 - backslashes] == "\\" and end - 1 - backslashes > opening:
            backslashes += 1
        if backslashes % 2 == 0:
            return end
        position = end + 1


def split_outside_quotes(text: str, separator: str, *, angles: bool = False) -> list[str]:
    """Cut at each separator that is neither in a quoted-string nor, if `angles`, in <...>.

    An unterminated quote or angle swallows the rest: whoever parses the piece refuses it.
    """
    if separator not in text:
        return [text]
    if '"' not in text and not (angles and "<" in text):
        return text.split(separator)
    pieces: list[str] = []
    start = position = 0
    length = len(text)
    while position < length:
        character = text[position]
        if character == '"':
            end = closing_quote(text, position)
            position = length if end < 0 else end
        elif character == "<" and angles:
            end = text.find(">", position)
            position = length if end < 0 else end
        elif character == separator:
            pieces.append(text[start:position])
            start = position + 1
        position += 1
    pieces.append(text[start:])
    return pieces
