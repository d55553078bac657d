"""Which fields of an object an expression looks at, as far as its text says so."""

from collections.abc import Iterator

from gitopsgen.model.location import Path
from gitopsgen.policies.cel.program import Program
from gitopsgen.policies.cel.syntax import Call, Constant, Identifier, Node, Select, children, parse, walk

_INDEXES = ("_[_]", "_[?_]", "_?._")


def field_paths(program: Program, root: str) -> tuple[Path, ...]:
    """Return the paths below ``root`` that the expression names, ``object.spec.x`` as ``("spec", "x")``.

    They come in the order of the text, each once; a chain ends where a key is computed or a function is called.
    """
    return tuple(dict.fromkeys(_paths(parse(program.serialized).root, root)))


def _paths(node: Node, root: str) -> Iterator[Path]:
    path = _path(node, root)
    if path is not None:
        yield path
        return
    for child in children(node):
        yield from _paths(child, root)


def _path(node: Node, root: str) -> Path | None:
    """Return the path when ``node`` is a chain of constant steps from ``root``."""
    match node:
        case Identifier(name=name):
            return () if name == root else None
        case Select(operand=operand, name=step):
            before = _path(operand, root)
            return None if before is None else (*before, step)
        case Call(function=function, arguments=(operand, Constant(value=str() | int() as step))) if (
            function in _INDEXES
        ):
            before = _path(operand, root)
            return None if before is None else (*before, step)
        case _:
            return None


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
