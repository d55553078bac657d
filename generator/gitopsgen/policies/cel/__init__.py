"""CEL expressions as Kubernetes evaluates them: compiled once, evaluated over plain data.

What is bounded, whatever an expression says: 10,000 loop steps an evaluation (the native engine's budget, all loops
together), lists of 10,000 items out of ``lists.range``, 32 levels of nesting, patterns in linear time (RE2), and by an
estimate at compile time the size of what additions and replacements build up. A loop that makes a list (``map``,
``filter``) copies it at each step, so that thousands of items take a noticeable time; ``all`` and ``exists`` do not.
"""

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
