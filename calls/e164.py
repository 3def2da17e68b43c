"""One spelling for each telephone number, so that numbers can be compared: E.164 without its +."""

from calls.opening_settings import CallBackSettings

LONGEST = 64
"""Characters looked at; E.164 needs 15 digits."""


def e164(number: str, settings: CallBackSettings) -> str:
    """+62 812-34, 0062 812 34 and 0812 34 are all 6281234 where `country_code` is 62.

    Digits that begin with neither prefix are taken to be international already. Empty: no number.
    """
    text = number[:LONGEST].strip()
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if text.startswith("+"):
        return digits
    for prefix, instead in (
        (settings.international_prefix, ""),
        (settings.national_prefix, settings.country_code),
    ):
        if prefix and settings.country_code and digits.startswith(prefix):
            return instead + digits.removeprefix(prefix)
    return digits
