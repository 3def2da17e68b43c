"""What the prompts say: YAML files for each language, name to text."""

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Annotated, Final

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from ivr.loader import FlowErrors
from ivr.mistakes import Mistake, Mistakes
from ivr.names import LanguageTag, PromptName
from ivr.yaml_lines import YamlProblems, read_yaml

_SUFFIX: Final = ".yaml"


def _without_language(name: PromptName) -> PromptName:
    if name.language:
        raise ValueError("the file says the language already; write the name without @")
    return name


_Named = Annotated[PromptName, AfterValidator(_without_language)]
_Text = Annotated[str, Field(min_length=1, max_length=2000)]
_TEXTS: Final = TypeAdapter(dict[_Named, _Text])


def read_prompt_texts(folder: Traversable) -> Mapping[str, Mapping[str, str]]:
    """Language to name to text, from `<language>.yaml` and `<language>.<any>.yaml` in a folder.

    Raises:
        FlowErrors: all mistakes of all files.
    """
    found: list[Mistake] = []
    texts: dict[str, dict[str, str]] = {}
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        mistake = Mistake(str(folder), 1, "", f"cannot be read: {error.strerror or error}")
        raise FlowErrors([mistake]) from error
    for entry in entries:
        if entry.name.endswith(_SUFFIX):
            _add(texts.setdefault(_language(entry), {}), entry, found)
    if found:
        raise FlowErrors(found)
    return texts


def _language(entry: Traversable) -> str:
    return entry.name.removesuffix(_SUFFIX).partition(".")[0]


def _add(texts: dict[str, str], entry: Traversable, found: list[Mistake]) -> None:
    for name, text in _read(entry, found).items():
        if name in texts:
            found.append(Mistake(str(entry), 1, name, "another file of the language has it, too"))
        texts[name] = text


def _read(entry: Traversable, found: list[Mistake]) -> Mapping[str, str]:
    file, tag = str(entry), _language(entry)
    if not LanguageTag.pattern.fullmatch(tag):
        found.append(Mistake(file, 1, "", f"'{tag}' is no language; name the file e.g. en.yaml"))
    try:
        document = read_yaml(entry.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        found.append(Mistake(file, 1, "", f"cannot be read as UTF-8 text: {error}"))
        return {}
    except YamlProblems as error:
        found.extend(Mistake(file, line, "", problem) for line, problem in error.problems)
        return {}
    mistakes = Mistakes(file, document)
    try:
        texts = _TEXTS.validate_python(document.value)
    except ValidationError as error:
        mistakes.add_invalid(error, dict[str, str], (), document.value)
        found.extend(mistakes.found)
        return {}
    return {str(name): text.strip() for name, text in texts.items()}
