"""The template texts of an ApplicationSet: Go templates, or the older `{{name}}` placeholders."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_ACTION: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_BARE: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*")
_DOTTED: Final = re.compile(r"\.[A-Za-z_]")
_LITERAL: Final = re.compile(r"`[^`]*`|\"(?:\\.|[^\"\\])*\"")
_OPENERS: Final = frozenset({"if", "range", "with", "block", "define"})
_WORDS: Final = frozenset("end else break continue true false nil now uuidv4 list dict tuple".split())  # noqa: SIM905 - reads as a row


@lru_cache(maxsize=4096)
def go_template_error(text: str) -> str:
    """Return why Go would not parse ``text``; empty when nothing is seen. Quotes, actions and blocks are looked at."""
    plain = _LITERAL.sub('""', text)
    if plain.count("{{") != plain.count("}}"):
        return "has a `{{` without its `}}`" if plain.count("{{") > plain.count("}}") else ""
    depth = 0
    for action in _ACTION.findall(plain):
        words = action.split()
        if not words:
            return "has an empty `{{}}`"
        if words[0] in _OPENERS:
            depth += 1
        elif words[0] == "end":
            depth -= 1
            if depth < 0:
                return "has an `end` that nothing opened"
    return "has a block without its `{{end}}`" if depth else ""


def legacy_placeholders(text: str) -> Iterator[str]:
    """Yield the placeholders of the older syntax, ``path.basename``: Go takes them for functions that do not exist."""
    for action in _ACTION.findall(_LITERAL.sub('""', text)):
        if _BARE.fullmatch(action) and action not in _WORDS:
            yield action


def go_parameters(text: str) -> Iterator[str]:
    """Yield the actions that only a Go template fills in, ``.path.basename``."""
    for action in _ACTION.findall(_LITERAL.sub('""', text)):
        if _DOTTED.match(action):
            yield action
