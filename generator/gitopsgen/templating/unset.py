"""What a template uses and nothing sets: its name, and what may be meant."""

from collections.abc import Mapping
from typing import Any, Self

import jinja2
from jinja2.utils import missing

from gitopsgen.model.suggest import did_you_mean, nearest


class Unset(jinja2.StrictUndefined):
    """A name or a key that nothing sets; what it says when it is used knows which, and what it was asked of."""

    @property
    def _undefined_message(self) -> str:
        return UnsetMessage(super()._undefined_message, self._undefined_name, self._undefined_obj)


class UnsetMessage(str):
    """What Jinja2 says of an unset name or key; ``keys`` are those of what was asked for it, ``None`` for a name."""

    __slots__ = ("keys", "name")
    keys: list[str] | None
    name: str

    def __new__(cls, text: str, name: object, asked: object) -> Self:
        """Make it of the name and the object that was asked for it."""
        self = super().__new__(cls, text)
        self.name = name if isinstance(name, str) else ""
        self.keys = None if asked is missing else [str(key) for key in asked] if isinstance(asked, Mapping) else []
        return self

    def instead(self, context: Mapping[str, Any]) -> str:
        """Return what may be meant: a key of the same map, or a name; else where there is one of that name."""
        known = list(context) if self.keys is None else self.keys
        if not nearest(self.name, known):
            for name, value in context.items():
                if isinstance(value, Mapping) and self.name in value:
                    return f"did you mean `{name}.{self.name}`?"
        return did_you_mean(self.name, known)
