"""How an expression fails, and that it could not be judged."""


class ConditionError(Exception):
    """An expression fails; ``offset`` counts characters from the start of its text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class CompileError(ConditionError):
    """The expression is refused before it runs: it does not parse, or its types do not fit.

    ``unknown_name`` is the name that nothing has, where that is why.
    """

    def __init__(self, message: str, offset: int, *, unknown_name: str = "") -> None:
        super().__init__(message, offset)
        self.unknown_name = unknown_name


class EvaluationError(ConditionError):
    """The expression compiles, and fails on this result."""


class NotJudged(Exception):  # noqa: N818 - no error of the expression, and not to be caught as one
    """What the controller would say cannot be told here: too large, too deep, or a part that is not modelled."""
