"""What can go wrong with an expression: it does not compile, or it cannot be evaluated."""


class CelSyntaxError(ValueError):
    """The text is no expression of the environment: syntax, an undeclared name, types that do not fit.

    ``line`` and ``column`` count from 1 inside the expression.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class CelEvaluationError(ValueError):
    """The expression compiles and has no value for these bindings: a missing key, a wrong type, a limit."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
