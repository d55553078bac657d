"""CEL expressions as Kubernetes evaluates them: compiled once, evaluated over plain data."""

from gitopsgen.policies.cel.blame import path_at_fault
from gitopsgen.policies.cel.errors import CelEvaluationError, CelSyntaxError
from gitopsgen.policies.cel.program import Activation, Program, activation, compile_expression, compile_typed
from gitopsgen.policies.cel.sharing import Shared

__all__ = [
    "Activation",
    "CelEvaluationError",
    "CelSyntaxError",
    "Program",
    "Shared",
    "activation",
    "compile_expression",
    "compile_typed",
    "path_at_fault",
]
