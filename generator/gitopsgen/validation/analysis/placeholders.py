"""Placeholders in the text of a metric, and the arguments that are put in for them.

The controller writes the metric as JSON and replaces every ``{{args.NAME}}`` in it, once, blanks around the name
allowed; any other text in double braces is an error. Source: argo-rollouts v1.9.2, utils/template/template.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gitopsgen.source.location import Path

_OPEN: Final = "{{"
_CLOSE: Final = "}}"
_PREFIX: Final = "args."


class Unresolved(str):
    """Text with a placeholder whose value only the running analysis knows."""

    __slots__ = ()


def parts(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the literal parts of a text, each with the placeholder after it, without braces; ``None`` at the end.

    Braces that nothing closes are a placeholder too: the JSON around the text closes them.
    """
    position = 0
    while (opened := text.find(_OPEN, position)) >= 0:
        closed = text.find(_CLOSE, opened + 2)
        end = len(text) if closed < 0 else closed
        yield text[position:opened], text[opened + 2 : end].strip()
        position = min(end + 2, len(text))
    yield text[position:], None


def argument_of(placeholder: str) -> str:
    """Return the name of the argument that a placeholder stands for, empty when it stands for none."""
    return placeholder.removeprefix(_PREFIX) if placeholder.startswith(_PREFIX) else ""


def placeholders(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every placeholder in ``value`` with the path of its text."""
    children: Iterable[tuple[str | int, object]]
    if isinstance(value, str):
        if _OPEN in value:
            yield from ((path, placeholder) for _, placeholder in parts(value) if placeholder is not None)
        return
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    else:
        return
    for key, child in children:
        if type(child) is not str or _OPEN in child:  # most of them are plain text
            yield from placeholders(child, (*path, key))


def sole_argument(text: object) -> str:
    """Return the argument's name when ``text`` is one placeholder and nothing else, otherwise an empty string."""
    if not isinstance(text, str) or _OPEN not in text:
        return ""
    found = list(parts(text))
    alone = len(found) == 2 and not found[0][0] and not found[1][0]  # noqa: PLR2004 - what is before, and what is after
    return argument_of(found[0][1] or "") if alone else ""


def resolve(value: Any, texts: Mapping[str, str | None]) -> Any:  # noqa: ANN401 - whatever lies in a metric
    """Return ``value`` with the ``texts`` of arguments put in; text with one that is not known is ``Unresolved``."""
    if isinstance(value, str):
        return _resolve_text(value, texts) if _OPEN in value else value
    if isinstance(value, Mapping):
        return {key: resolve(child, texts) for key, child in value.items()}
    if isinstance(value, list):
        return [resolve(child, texts) for child in value]
    return value


def _resolve_text(text: str, texts: Mapping[str, str | None]) -> str:
    written: list[str] = []
    known = True
    for literal, placeholder in parts(text):
        written.append(literal)
        if placeholder is not None:
            put_in = texts.get(argument_of(placeholder))
            known = known and put_in is not None
            written.append(f"{_OPEN}{placeholder}{_CLOSE}" if put_in is None else put_in)
    return "".join(written) if known else Unresolved("".join(written))
