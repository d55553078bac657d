"""Which field of an object makes an expression give what it should not: the line that a person has to edit.

The expression is taken apart along ``&&``, ``||``, ``!``, ``?:`` and the macros ``all`` and ``exists``; a part is
evaluated where that tells which branch, or which element of a list, decided.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from gitopsgen.policies.cel.checked import Syntax, parse
from gitopsgen.policies.cel.environment import running_environment
from gitopsgen.policies.cel.errors import CelEvaluationError
from gitopsgen.policies.cel.program import Activation, Program, activation
from gitopsgen.policies.cel.syntax import Call, Comprehension, Constant, Identifier, ListLiteral, Node, Select, children
from gitopsgen.source.location import Path

Element: TypeAlias = tuple[Path | None, object]
"""An element of a list, or a key of a map: where it lies in the object, if it does, and its value."""

_MAX_ELEMENTS = 1000
_TRANSPARENT = ("dyn", "orValue", "value", "optional.of")


def path_at_fault(
    program: Program,
    bindings: Mapping[str, object] | Activation,
    root: str = "object",
    variables: Mapping[str, Program] | None = None,
) -> Path:
    """Return the path below ``root`` that most likely makes ``program`` not true; empty when nothing points anywhere.

    ``variables`` are the programs behind names like ``variables.x``, whose values are among ``bindings``. The path may
    end at a key that is not there.
    """
    used = bindings if isinstance(bindings, Activation) else activation(bindings)
    blame = _Blame(_parts_of(program), used, root, variables or {})
    return blame.of(blame.parts.root, wanted=True) or ()


@dataclass(frozen=True)
class _Parts:
    """A program's tree, and the programs of those parts of it that had to be evaluated so far."""

    text: str
    syntax: Syntax
    programs: dict[int, Program] = field(default_factory=dict)

    @property
    def root(self) -> Node:
        return self.syntax.root

    def program(self, node: Node) -> Program:
        """Return the program of one part; the tree lives as long as this, so a node's identity is a key."""
        found = self.programs.get(id(node))
        if found is None:
            serialized = self.syntax.serialize(node)
            native = running_environment().deserialize(serialized)
            found = self.programs[id(node)] = Program(self.text, "dyn", serialized, native)
        return found


@lru_cache(maxsize=1024)
def _parts_of(program: Program) -> _Parts:
    return _Parts(program.text, parse(program.serialized))


@dataclass(frozen=True)
class _Blame:
    parts: _Parts
    used: Activation
    root: str
    variables: Mapping[str, Program]
    scope: Mapping[str, Element] = field(default_factory=dict)

    def of(self, node: Node, *, wanted: bool) -> Path | None:
        """Return the path that makes ``node`` the opposite of ``wanted``."""
        found: Path | None = None
        match node:
            case Call(function="!_", arguments=(inner,)):
                found = self.of(inner, wanted=not wanted)
            case Call(function="_&&_" | "_||_" as operator, arguments=parts):
                decisive = operator == ("_&&_" if wanted else "_||_")
                guilty = [part for part in parts if not decisive or self.value(part) is not wanted]
                # where one part decides, the first does; where all together do, the one that says most
                paths = (self.of(part, wanted=wanted) for part in (guilty[:1] if decisive else guilty))
                found = self._best(path for path in paths if path is not None)
            case Call(function="_?_:_", arguments=(condition, yes, no)):
                found = self.of(yes if self.value(condition) is True else no, wanted=wanted)
            case Comprehension():
                found = self._of_loop(node, wanted=wanted)
            case _:
                pass
        return found or self._best(self._mentioned(node))

    def _of_loop(self, loop: Comprehension, *, wanted: bool) -> Path | None:
        """Return the element that decides ``all`` or ``exists``; the list itself when every element has a part."""
        match loop.step:
            case Call(function="_&&_" | "_||_" as operator, arguments=(Identifier(), predicate)):
                pass
            case _:
                return None
        if operator == ("_&&_" if wanted else "_||_"):
            for inner in islice(self._inside(loop), _MAX_ELEMENTS):
                if inner.value(predicate) is not wanted:
                    (path, _) = inner.scope[next(name for name in reversed(loop.variables) if name)]
                    return inner.of(predicate, wanted=wanted) or path
        return self.path(loop.range)

    def _inside(self, loop: Comprehension) -> "Iterator[_Blame]":
        """Yield this, with the loop's variables standing for one element after another."""
        first, second = loop.variables
        entries = self.value(loop.range) if second else None
        for index, (path, item) in enumerate(self.elements(loop.range)):
            names = {first: (path, item)}
            if isinstance(entries, dict):
                names[second] = (path, entries.get(item))
            elif second:
                names = {first: (path, index), second: (path, item)}
            yield _Blame(self.parts, self.used, self.root, self.variables, {**self.scope, **names})

    def elements(self, node: Node) -> list[Element]:
        """Return the elements of a list, or the keys of a map, each with its place in the object."""
        variable = self._variable(node)
        match node:
            case Call(function="_+_", arguments=(left, right)):
                return self.elements(left) + self.elements(right)
            case Call(function="_?_:_", arguments=(condition, yes, no)):
                return self.elements(yes if self.value(condition) is True else no)
            case Comprehension(step=Call(function="_+_", arguments=(Identifier(), ListLiteral(elements=(made,))))):
                return [(inner.path(made), inner.value(made)) for inner in self._inside(node)]  # map()
            case Comprehension(
                step=Call(
                    function="_?_:_",
                    arguments=(kept, Call(function="_+_", arguments=(Identifier(), ListLiteral(elements=(made,)))), _),
                )
            ):  # filter()
                found = (inner for inner in self._inside(node) if inner.value(kept) is True)
                return [(inner.path(made), inner.value(made)) for inner in found]
            case ListLiteral(elements=items):
                return [(self.path(item), self.value(item)) for item in items]
            case _ if variable is not None:
                return variable.elements(variable.parts.root)
            case _:
                value, path = self.value(node), self.path(node)
                pairs = enumerate(value) if isinstance(value, list) else ((key, key) for key in _keys(value))
                return [(None if path is None else (*path, step), item) for step, item in pairs]

    def path(self, node: Node) -> Path | None:
        """Return where the value of ``node`` lies in the object; ``None`` when it is made up."""
        variable = self._variable(node)
        if variable is not None:
            return variable.path(variable.parts.root)
        match node:
            case Identifier(name=name):
                return () if name == self.root else self.scope.get(name, (None, None))[0]
            case Select(operand=operand, name=step):
                return self._step(operand, step)
            case Call(function="_[_]" | "_[?_]" | "_?._", arguments=(operand, key)):
                return self._step(operand, key.value if isinstance(key, Constant) else self.value(key))
            case Call(function="_?_:_", arguments=(condition, yes, no)):
                return self.path(yes if self.value(condition) is True else no)
            case Call(function=function) if function in _TRANSPARENT:
                return self.path(node.target if node.target is not None else node.arguments[0])
            case _:
                return None

    def value(self, node: Node) -> object:
        """Return the value of a part of the expression; the error when it has none."""
        names = {name: value for name, (_, value) in self.scope.items()}
        used = activation({**self.used.bindings, **names}, self.used.shared) if names else self.used
        try:
            return self.parts.program(node).evaluate(used)
        except CelEvaluationError as fault:
            return fault
        except RuntimeError as fault:  # the engine does not take every part for an expression
            return CelEvaluationError(str(fault))

    def _variable(self, node: Node) -> "_Blame | None":
        """Return what takes apart the expression behind ``variables.x``, ``None`` when ``node`` is something else."""
        match node:
            case Identifier(name=name):
                program = self.variables.get(name)
            case Select(operand=Identifier(name=name), name=step, test=False):
                program = self.variables.get(f"{name}.{step}")
            case _:
                program = None
        return _Blame(_parts_of(program), self.used, self.root, self.variables) if program else None

    def _step(self, operand: Node, step: object) -> Path | None:
        before = self.path(operand)
        return (*before, step) if before is not None and isinstance(step, str | int) else None

    def _mentioned(self, node: Node) -> Iterator[Path]:
        """Yield the paths that a part of the expression names, in the order of the text.

        Of a choice it is those of the branch that was taken, or of the condition when that branch names none.
        """
        path = self.path(node)
        variable = self._variable(node)
        match node:
            case _ if path is not None:
                yield path
            case _ if variable is not None:
                yield from variable._mentioned(variable.parts.root)  # noqa: SLF001 - the same class
            case Call(function="_?_:_", arguments=(condition, yes, no)):
                taken = list(self._mentioned(yes if self.value(condition) is True else no))
                yield from taken or self._mentioned(condition)
            case _:
                for child in children(node):
                    yield from self._mentioned(child)

    def _best(self, paths: Iterator[Path]) -> Path | None:
        """Return the path that lies deepest in the object, then the longest, then the first; ``None`` for the whole."""
        whole = self.used.bindings.get(self.root)
        return max((path for path in paths if path), key=lambda path: (depth_of(whole, path), len(path)), default=None)


def depth_of(body: object, path: Path) -> int:
    """Return how many steps of ``path`` exist in ``body``."""
    for index, part in enumerate(path):
        in_map = isinstance(body, Mapping) and part in body
        in_list = isinstance(body, list) and isinstance(part, int) and 0 <= part < len(body)
        if not in_map and not in_list:
            return index
        body = body[part]  # type: ignore[index]  # one of the two it is
    return len(path)


def _keys(value: object) -> list[str | int]:
    return [key for key in value if isinstance(key, str | int)] if isinstance(value, Mapping) else []
