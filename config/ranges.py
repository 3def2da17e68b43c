"""`3001..3500:` in `phones` and `agents` stands for one entry for each number of the range."""

import re
from typing import Any, Final

from ivr.mistakes import Mistakes

_RANGE: Final = re.compile(r"([0-9]{1,15})\.\.([0-9]{1,15})")
_PLACEHOLDER: Final = "{number}"
MAX_ENTRIES: Final = 20_000

Origins = dict[tuple[str, str], str]
"""(section, name) of an expanded entry to the range it came from."""


def expand_ranges(value: dict[str, Any], mistakes: Mistakes) -> tuple[dict[str, Any], Origins]:
    """The file's value with all ranges written out; `{number}` in their texts is replaced."""
    origins: Origins = {}
    expanded = dict(value)
    for section in ("phones", "agents"):
        entries = value.get(section)
        if isinstance(entries, dict) and any(_RANGE.fullmatch(name) for name in entries):
            expanded[section] = _expanded(section, entries, origins, mistakes)
    return expanded, origins


def _expanded(
    section: str, entries: dict[str, Any], origins: Origins, mistakes: Mistakes
) -> dict[str, Any]:
    written_out: dict[str, Any] = {}
    for name, entry in entries.items():
        found = _RANGE.fullmatch(name)
        if found is None:
            written_out[name] = entry
            continue
        first, last = int(found[1]), int(found[2])
        if not first <= last < first + MAX_ENTRIES:
            text = f"a range goes upwards and has at most {MAX_ENTRIES} numbers, e.g. 3001..3500"
            mistakes.add((section, name), text)
            continue
        for number in range(first, last + 1):
            text = str(number).zfill(len(found[1]))
            if text not in entries:  # one written out beside the range is an exception to it
                written_out[text] = _with_number(entry, text)
                origins[section, text] = name
    return written_out


def _with_number(value: Any, number: str) -> Any:
    if isinstance(value, str):
        return value.replace(_PLACEHOLDER, number)
    if isinstance(value, list):
        return [_with_number(item, number) for item in value]
    if isinstance(value, dict):
        return {key: _with_number(item, number) for key, item in value.items()}
    return value
