"""What a condition looks for in a result, so that results can be made up which have it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.parser import PRECEDENCE
from gitopsgen.rollouts.conditions.syntax import Node

_TEXT_TESTS: Final = ("contains", "startsWith", "endsWith")
_ARITHMETIC: Final = ("-", "*", "/", "%", "**", "^", "..")
_OF_NUMBERS: Final = frozenset({"isNaN", "isInf", "asFloat", "asInt", "abs", "ceil", "floor", "round", "float", "int"})
_OF_TEXTS: Final = frozenset({"trim", "trimPrefix", "trimSuffix", "upper", "lower", "split", "replace", "repeat"})
_PLAIN: Final = _OF_NUMBERS | {
    *("len", "isNil", "default", "all", "any", "none", "one", "count", "filter", "first", "last", "get", "find"),
    *("sum", "mean", "median", "max", "min"),
}
_ITEM_OF: Final = frozenset({"first", "last", "find", "findLast", "max", "min"})
_SAME_LIST: Final = frozenset({"filter", "sort", "sortBy", "take", "reverse", "uniq"})


class Leaf(Enum):
    """What sort of value is asked for."""

    NUMBER = auto()
    TEXT = auto()
    TRUTH = auto()
    NIL = auto()


@dataclass(slots=True)
class Need:
    """What is asked of one value: its entries, its items, or what it is itself."""

    leaves: set[Leaf] = field(default_factory=set)
    entries: "dict[str, Need]" = field(default_factory=dict)
    items: "Need | None" = None
    least_items: int = 0

    def entry(self, name: str) -> "Need":
        """Return what is asked of the entry ``name``."""
        return self.entries.setdefault(name, Need())

    def item(self, index: int | None = None) -> "Need":
        """Return what is asked of the items, of which ``index`` must be there."""
        self.items = self.items or Need()
        if index is not None:
            self.least_items = max(self.least_items, index + 1 if index >= 0 else -index)
        return self.items


@dataclass(slots=True)
class Wanted:
    """What conditions look for: in the result, and the numbers and texts that they compare with.

    ``decides_empty``, ``decides_nan`` and ``decides_nil`` tell that they say themselves what to make of such a result,
    ``has_minus`` that numbers below zero may matter, ``is_plain`` that they do nothing but compare what is there.
    """

    result: Need = field(default_factory=Need)
    numbers: set[float] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    has_minus: bool = False
    is_plain: bool = True
    measures_length: bool = False
    decides_empty: bool = False
    decides_nan: bool = False
    decides_nil: bool = False


def wanted_of(nodes: Sequence[Node]) -> Wanted:
    """Return what expressions look for."""
    wanted = Wanted()
    for node in nodes:
        _Reader(wanted).read(node, Leaf.TRUTH)
    return wanted


class _Reader:
    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._variables: list[tuple[str, Need | None]] = []
        self._items: list[Need | None] = []

    def read(self, node: Node, leaf: Leaf | None = None) -> Need | None:
        """Return what of the result ``node`` is, having noted that it should be a ``leaf``."""
        need = self._read(node, leaf)
        if need and leaf:
            need.leaves.add(leaf)
        return need

    def _read(self, node: Node, leaf: Leaf | None) -> Need | None:  # noqa: C901, PLR0912 - one case for each
        match node:
            case syntax.Nil():
                self._wanted.decides_nil = True
            case syntax.Integer(value=number) | syntax.Float(value=number):
                self._wanted.numbers.add(float(number))
            case syntax.Text(value=text):
                self._wanted.texts.add(text)
            case syntax.Name(text="result"):
                return self._wanted.result
            case syntax.Name(text=name):
                return next((need for variable, need in reversed(self._variables) if variable == name), None)
            case syntax.Pointer(name=""):
                return self._items[-1] if self._items else None
            case syntax.Unary(operator="-" | "+", operand=operand):
                self._wanted.has_minus = True
                self.read(operand, Leaf.NUMBER)
            case syntax.Unary(operand=operand):
                self.read(operand, Leaf.TRUTH)
            case syntax.Binary():
                return self._binary(node, leaf)
            case syntax.Chain(body=body):
                return self.read(body, leaf)
            case syntax.Member():
                return self._member(node.of, node.key)
            case syntax.Slice(of=of):
                need = self.read(of)
                _ = need and need.item()
                return need
            case syntax.Call() | syntax.Builtin():
                return self._call(node, leaf)
            case syntax.Let(name=name, value=value, body=body):
                self._variables.append((name, self.read(value)))
                found = self.read(body, leaf)
                self._variables.pop()
                return found
            case syntax.Conditional(condition=condition, yes=yes, no=no):
                self.read(condition, Leaf.TRUTH)
                self.read(yes, leaf)
                self.read(no, leaf)
            case _:
                for child in syntax.children(node):
                    self.read(child)
        return None

    def _member(self, of: Node, key: Node) -> Need | None:
        need = self.read(of)
        if isinstance(key, syntax.Text):
            return need.entry(key.value) if need else None
        index = _index(key)
        if index is None:
            self.read(key)
        return need.item(index) if need else None

    def _binary(self, node: syntax.Binary, leaf: Leaf | None) -> Need | None:
        left, right = node.left, node.right
        match node.operator:
            case "and" | "&&" | "or" | "||":
                self.read(left, Leaf.TRUTH)
                self.read(right, Leaf.TRUTH)
            case "??":
                self._wanted.decides_nil = self._wanted.decides_empty = True
                self.read(right)
                return self.read(left, leaf or _leaf_of(right))
            case "==" | "!=" | "+":
                self._wanted.decides_empty |= any(isinstance(side, syntax.ListOf) for side in (left, right))
                self.read(left, _leaf_of(right))
                self.read(right, _leaf_of(left))
            case "in":
                self._in(left, right)
            case "matches" | "%" | "**" | "^":
                self._wanted.is_plain = False
                self.read(left, Leaf.TEXT if node.operator == "matches" else Leaf.NUMBER)
                self.read(right)
            case operator if operator in _TEXT_TESTS:
                self.read(left, Leaf.TEXT)
                self.read(right, Leaf.TEXT)
            case operator if operator in _ARITHMETIC:
                self.read(left, Leaf.NUMBER)
                self.read(right, Leaf.NUMBER)
            case _:
                self.read(left, _leaf_of(right) or Leaf.NUMBER)
                self.read(right, _leaf_of(left) or Leaf.NUMBER)
        return None

    def _in(self, left: Node, right: Node) -> None:
        need = self.read(right)
        if need:
            if isinstance(left, syntax.Text):
                self._wanted.is_plain = False  # what is asked for may well not be there
                need.entry(left.value)
            else:
                need.item()
        items = right.items if isinstance(right, syntax.ListOf) else ()
        self.read(left, next(filter(None, map(_leaf_of, items)), Leaf.NUMBER))

    def _call(self, node: syntax.Call | syntax.Builtin, leaf: Leaf | None) -> Need | None:
        name = node.name if isinstance(node, syntax.Builtin) else _callee(node)
        arguments = node.arguments
        self._note(name, arguments)
        if name == "default":
            self.read(arguments[0]) if arguments else None
            for argument in arguments[1:]:
                self.read(argument)
            return self._wanted.result if leaf else None
        if name == "get" and len(arguments) == 2:  # noqa: PLR2004 - what from, and which
            return self._member(*arguments)
        wanted = Leaf.NUMBER if name in _OF_NUMBERS else Leaf.TEXT if name in _OF_TEXTS else None
        first = self.read(arguments[0], wanted) if arguments else None
        with self._within(first):
            for argument in arguments[1:]:
                self.read(argument, Leaf.TRUTH if isinstance(argument, syntax.Predicate) and name != "map" else None)
        if isinstance(node, syntax.Builtin) and first and name in _ITEM_OF:
            return first.item()
        return first if name in _SAME_LIST else None

    def _note(self, name: str, arguments: Sequence[Node]) -> None:
        whole = bool(arguments) and arguments[0] == syntax.Name(offset=arguments[0].offset, text="result")
        self._wanted.measures_length |= name in ("len", "count")
        self._wanted.decides_empty |= name == "len" and whole
        self._wanted.decides_nan |= name == "isNaN"
        self._wanted.is_plain &= name in _PLAIN
        self._wanted.decides_nil |= name in ("isNil", "default")

    @contextmanager
    def _within(self, collection: Need | None) -> Iterator[None]:
        self._items.append(collection.item() if collection and not collection.leaves else None)
        yield
        self._items.pop()


def _callee(node: syntax.Call) -> str:
    return node.callee.text if isinstance(node.callee, syntax.Name) else ""


def _index(key: Node) -> int | None:
    match key:
        case syntax.Integer(value=value):
            return value
        case syntax.Unary(operator="-", operand=syntax.Integer(value=value)):
            return -value
        case _:
            return None


def _leaf_of(node: Node) -> Leaf | None:
    """Return what a value compared with ``node`` should be; ``None`` where it does not tell."""
    match node:
        case syntax.Text():
            return Leaf.TEXT
        case syntax.Boolean():
            return Leaf.TRUTH
        case syntax.Nil():
            return Leaf.NIL
        case syntax.Integer() | syntax.Float() | syntax.Unary(operator="-" | "+"):
            return Leaf.NUMBER
        case syntax.Binary(operator=operator) if operator in _ARITHMETIC or operator == "+":
            return Leaf.NUMBER
        case syntax.Binary(operator=operator) if operator in PRECEDENCE and operator not in ("??", "|"):
            return Leaf.TRUTH
        case syntax.Builtin(name="len" | "count" | "sum" | "mean" | "median" | "int" | "float"):
            return Leaf.NUMBER
        case _:
            return None
