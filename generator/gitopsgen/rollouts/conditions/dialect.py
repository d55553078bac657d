"""The expression language in the versions that Argo Rollouts embeds."""

from enum import Enum

from gitopsgen.model.versions import version_key

_NEWER_SINCE = (1, 10)


class Dialect(Enum):
    """A version of expr-lang, named by the first Argo Rollouts that has it.

    Source: go.mod of argo-rollouts v1.9.2 (antonmedv/expr v1.15.5) and of v1.10.0 (expr-lang/expr v1.17.7).
    """

    ROLLOUTS_1_9 = "1.9"
    ROLLOUTS_1_10 = "1.10"

    @property
    def is_newer(self) -> bool:
        """True for expr 1.17, which has sequences, ``if``, chained comparison, ``?.[`` and more builtins."""
        return self is Dialect.ROLLOUTS_1_10


def dialect_of(argo_rollouts: str) -> Dialect:
    """Return the language of an Argo Rollouts version (``1.9``, ``v1.10.2``); older ones have that of 1.9."""
    return Dialect.ROLLOUTS_1_10 if version_key(argo_rollouts) >= _NEWER_SINCE else Dialect.ROLLOUTS_1_9
