"""Which members of a name an expression selects."""

from gitopsgen.policies.cel.checked import parse
from gitopsgen.policies.cel.program import Program
from gitopsgen.policies.cel.syntax import Identifier, Select, walk


def member_names(program: Program, root: str) -> frozenset[str]:
    """Return the names that the expression selects right below ``root``: ``x`` of ``root.x``, also in ``has()``."""
    prefix = f"{root}."
    syntax = parse(program.serialized)
    referred = {name for name, _ in syntax.references.values() if name.startswith(prefix)}
    selected = {
        node.name
        for node in walk(syntax.root)
        if isinstance(node, Select) and isinstance(node.operand, Identifier) and node.operand.name == root
    }
    return frozenset(selected | {name.removeprefix(prefix) for name in referred})
