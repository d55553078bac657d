"""CEL expressions as Kubernetes evaluates them: compiled once, evaluated over plain data."""

from gitopsgen.policies.cel.errors import CelEvaluationError, CelSyntaxError
from gitopsgen.policies.cel.paths import field_paths
from gitopsgen.policies.cel.program import Activation, Program, activation, compile_expression, compile_typed

__all__ = [
    "Activation",
    "CelEvaluationError",
    "CelSyntaxError",
    "Program",
    "activation",
    "compile_expression",
    "compile_typed",
    "field_paths",
]
