"""What Kubernetes refuses of literals when it compiles: mixed lists and maps, patterns and times that cannot be read.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/cel/environment/base.go (ASTValidators); cel-go,
cel/validator.go.
"""

import re
from collections.abc import Iterator
from functools import cache

from gitopsgen.policies.cel.checked import Syntax
from gitopsgen.policies.cel.environment import running_environment
from gitopsgen.policies.cel.library_collections import is_pattern
from gitopsgen.policies.cel.syntax import Call, Constant, ListLiteral, MapLiteral, Node, children

_MAY_NEED_IT = re.compile(r"[\[{]|\b(?:matches|duration|timestamp)\b")


def may_need_checking(text: str) -> bool:
    """Tell whether :func:`literal_faults` could find something: cheap, and true rather too often."""
    return _MAY_NEED_IT.search(text) is not None


def literal_faults(syntax: Syntax) -> Iterator[tuple[int, str]]:
    """Yield what is refused: the position in the text, in characters, and the message."""
    found = list(_faults(syntax, syntax.root, exempt=False))
    if found:
        yield from sorted((syntax.positions.get(node.id, 0), message) for node, message in found)


def _faults(syntax: Syntax, node: Node, *, exempt: bool) -> Iterator[tuple[Node, str]]:
    match node:
        case ListLiteral() if not exempt:
            yield from _mixed(syntax, list(node.elements), set(node.optional))
        case MapLiteral(message="") if not exempt:
            optional = {index for index, entry in enumerate(node.entries) if entry.optional}
            yield from _mixed(syntax, [entry.key for entry in node.entries if not isinstance(entry.key, str)], set())
            yield from _mixed(syntax, [entry.value for entry in node.entries], optional)
        case Call(function="matches", arguments=(*_, Constant(value=str(pattern)) as argument)):
            if not is_pattern(pattern):
                yield argument, "invalid matches argument"
        case Call(function="duration" | "timestamp" as function, arguments=(Constant(value=str(text)) as argument,)):
            if not _evaluates(f"{function}({_quoted(text)})"):
                yield argument, f"invalid {function} argument"
        case _:
            pass
    # '%s-%d'.format(['a', 1]) takes a mixed list
    inside_format = isinstance(node, Call) and node.function == "format" and node.target is not None
    passes_on = isinstance(node, ListLiteral | MapLiteral) and exempt
    for child in children(node):
        yield from _faults(syntax, child, exempt=inside_format or passes_on)


def _mixed(syntax: Syntax, items: list[Node], optional: set[int]) -> Iterator[tuple[Node, str]]:
    """Yield the first item of another type than the first one."""
    if len({item.raw[:1] if isinstance(item, Constant) else item.id for item in items}) <= 1:
        return  # one item, or constants of one type: the types need not be read
    types = [syntax.types.get(item.id, "dyn") for item in items]
    for index in optional:
        types[index] = types[index].removeprefix("optional_type<").removesuffix(">")
    for item, kind in zip(items, types, strict=True):
        if kind != types[0]:
            yield item, f"expected type '{_shown(types[0])}' but found '{_shown(kind)}'"
            return


def _shown(kind: str) -> str:
    """Return a type with round brackets, as Kubernetes writes it."""
    return kind.replace("<", "(").replace(">", ")")


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


@cache
def _evaluates(expression: str) -> bool:
    """Tell whether an expression of literals alone has a value."""
    try:
        kind: str = running_environment().compile(expression).eval().type().name()
    except RuntimeError:
        return False
    return kind != "ERROR"
