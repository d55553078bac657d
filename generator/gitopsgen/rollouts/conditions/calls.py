"""The types of calls: of the environment's functions, of methods, and of the language's own functions.

Source: expr v1.15.5 and v1.17.7, checker/checker.go.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.errors import CompileError, NotJudged
from gitopsgen.rollouts.conditions.go_types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    LIST,
    Kind,
    Type,
    dereferenced,
    is_any,
    list_of,
    map_of,
)
from gitopsgen.rollouts.conditions.signatures import SignatureError, overloads, result_type
from gitopsgen.rollouts.conditions.syntax import Node

if TYPE_CHECKING:
    from gitopsgen.rollouts.conditions.checker import Checker

_QUESTIONS: Final = frozenset(
    {"all", "none", "any", "one", "filter", "count", "find", "findIndex", "findLast", "findLastIndex"}
)
"""Those whose predicate must be true or false."""
_NAMES: Final[dict[str, dict[str, Type]]] = {"map": {"index": INT}, "reduce": {"index": INT, "acc": ANY}}
_PREDICATES: Final = _QUESTIONS | {"map", "groupBy", "sum", "sortBy", "reduce"}


def check_call(checker: "Checker", node: syntax.Call) -> Node:
    """Return the call of something that is no builtin, with its types.

    Raises:
        CompileError: It cannot be called, or not with these arguments.
    """
    callee = checker.visit(node.callee)
    type_ = callee.type or ANY
    if is_any(type_):
        return replace(node, callee=callee, type=checker.operators.unknown)
    if type_.kind is not Kind.FUNCTION:
        raise CompileError(f"{type_.words} cannot be called", node.offset)
    if type_.result is None:
        raise NotJudged("a builtin called through `$env` is not modelled")
    arguments, result = _arguments(checker, _name_of(node.callee), type_, node)
    return replace(node, callee=callee, arguments=arguments, type=result)


def check_builtin(checker: "Checker", node: syntax.Builtin) -> Node:
    """Return the call of one of the language's functions, with its types.

    Raises:
        CompileError: It does not take these arguments.
    """
    if node.name in _PREDICATES and (checker.newer or node.name not in ("sum", "sortBy")):
        return _predicate(checker, node)
    if node.name == "get":
        return _get(checker, node)
    candidates = overloads(node.name, newer=checker.newer)
    if not candidates:
        arguments = tuple(checker.visit(argument) for argument in node.arguments)
        given = [argument.type or ANY for argument in arguments]
        if checker.newer:
            given = [ANY if is_any(one) else dereferenced(one) for one in given]
        try:
            result = result_type(node.name, given, newer=checker.newer)
        except SignatureError as error:
            raise CompileError(str(error), node.offset) from None
        return replace(node, arguments=arguments, type=replace(result, known_element=None))
    for candidate in candidates[:-1]:
        try:
            arguments, result = _arguments(checker, node.name, candidate, node)
        except CompileError:
            continue
        return replace(node, arguments=arguments, type=result)
    arguments, result = _arguments(checker, node.name, candidates[-1], node)
    return replace(node, arguments=arguments, type=result)


def _name_of(callee: Node) -> str:
    match callee:
        case syntax.Name(text=name) | syntax.Member(key=syntax.Text(value=name)):
            return name
        case _:
            return "it"


def _arguments(
    checker: "Checker", name: str, function: Type, node: syntax.Call | syntax.Builtin
) -> tuple[tuple[Node, ...], Type]:
    parameters = function.parameters
    if len(node.arguments) != len(parameters):
        wanted = f"{len(parameters)} argument{'' if len(parameters) == 1 else 's'}"
        raise CompileError(f"`{name}` takes {wanted}, not {len(node.arguments)}", node.offset)
    given: list[Node] = []
    for written, parameter in zip(node.arguments, parameters, strict=True):
        argument = checker.visit(written)
        type_ = argument.type or ANY
        if parameter.kind is Kind.FLOAT and checker.operators.is_integer(type_):
            argument = _with_floats(argument)
        elif checker.operators.is_integer(parameter) and checker.operators.is_integer(type_):
            pass
        elif not is_any(type_) and not any(
            checker.operators.fits(one, parameter) for one in (type_, dereferenced(type_))
        ):
            raise CompileError(f"`{name}` takes {parameter.words}, not {type_.words}", argument.offset)
        given.append(argument)
    return tuple(given), function.result or ANY


def _with_floats(node: Node) -> Node:
    """Return ``node`` with its whole numbers as written made fractions, where a fraction is asked for."""
    match node:
        case syntax.Integer():
            return syntax.Float(offset=node.offset, value=float(node.value), type=FLOAT)
        case syntax.Unary():
            return replace(node, operand=_with_floats(node.operand))
        case syntax.Binary(operator="+" | "-" | "*"):
            return replace(node, left=_with_floats(node.left), right=_with_floats(node.right))
        case _:
            return node


def _predicate(checker: "Checker", node: syntax.Builtin) -> Node:
    collection = checker.visit(node.arguments[0])
    items = collection.type or ANY
    if not (is_any(items) or items.kind in (Kind.LIST, Kind.ARRAY)):
        raise CompileError(f"`{node.name}` takes a list, not {items.words}", collection.offset)
    arguments = [collection]
    answer: Type | None = None
    if len(node.arguments) > 1:
        names = dict(_NAMES.get(node.name, {}))
        if "acc" in names:
            names["acc"] = checker.operators.unknown
        with checker.predicate_of(items, **names):
            predicate = checker.visit(node.arguments[1])
        arguments.append(predicate)
        answer = predicate.type or ANY
        if node.name in _QUESTIONS and answer.kind is not Kind.BOOL and not is_any(answer):
            raise CompileError(f"the predicate of `{node.name}` gives {answer.words}", predicate.offset)
    arguments += [checker.visit(argument) for argument in node.arguments[2:]]
    return replace(node, arguments=tuple(arguments), type=_result(checker, node.name, items, answer))


def _result(checker: "Checker", name: str, items: Type, answer: Type | None) -> Type:
    unknown = checker.operators.unknown
    item = unknown if is_any(items) else checker.operators.item(items)
    match name:
        case "all" | "none" | "any" | "one":
            return BOOL
        case "count" | "findIndex" | "findLastIndex":
            return INT
        case "find" | "findLast":
            return item
        case "filter":
            return LIST if is_any(items) else _list_of(item, newer=checker.newer)
        case "map":
            return _list_of(answer or ANY, newer=checker.newer)
        case "groupBy":
            return map_of(ANY, LIST)
        case "sum":
            return answer or item
        case "sortBy":
            return items
        case _:
            return answer or ANY


def _list_of(item: Type, *, newer: bool) -> Type:
    return replace(LIST, known_element=item, words=list_of(item).words) if newer else list_of(item)


def _get(checker: "Checker", node: syntax.Builtin) -> Node:
    if len(node.arguments) != 2:  # noqa: PLR2004 - what from, and which
        raise CompileError(f"`get` takes 2 arguments, not {len(node.arguments)}", node.offset)
    of, key = node.arguments
    if isinstance(of, syntax.Name) and of.text == "$env":
        if checker.newer:
            checker.visit(key)
        return replace(node, type=_get_of_environment(checker, key))
    of = checker.visit(of)
    base = of.type or ANY
    if is_any(base) and not checker.newer:
        return replace(node, arguments=(of, key), type=ANY)
    key = checker.visit(key)
    wanted = key.type or ANY
    found = replace(node, arguments=(of, key), type=checker.operators.unknown)
    if is_any(base):
        return found
    found = replace(found, type=checker.operators.item(base))
    known = not is_any(wanted)
    match base.kind:
        case Kind.LIST | Kind.ARRAY:
            if known and not checker.operators.is_integer(wanted):
                raise CompileError(f"`get` takes a whole number with a list, not {wanted.words}", key.offset)
            return found
        case Kind.MAP:
            if known and (wanted.kind is Kind.NIL or not checker.operators.fits(wanted, base.key or ANY)):
                raise CompileError(f"{base.words} has no key that is {wanted.words}", key.offset)
            return found
        case _:
            raise CompileError(f"`get` finds nothing in {base.words}", of.offset)


def _get_of_environment(checker: "Checker", key: Node) -> Type:
    if isinstance(key, syntax.Text):
        return checker.environment.get(key.value, checker.operators.unknown)
    return checker.operators.unknown
