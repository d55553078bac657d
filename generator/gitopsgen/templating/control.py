"""A template's tree rewritten so that what decides in it is heard.

Tests, loops, choices and comparisons pass through the environment, and what a branch could have set is settled after
it, whether or not it was taken.

The names called here are methods of the environment: ``enter`` and ``leave`` stand around a part of a template,
``weigh`` notes that a value decides what happens in it, ``name`` that it names the template that does, ``judge`` that
it decides about the item of a loop that came last of those that are ``coming``, ``turn`` begins with an item,
``settle`` marks where the part ended, and ``settled`` gives a variable the deciders of the part that may have set it.
A constant is ``written`` on its line.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

_Node = TypeVar("_Node", bound=nodes.Node)


def rewritten(tree: nodes.Template, file: str) -> nodes.Template:
    """Return ``tree``, the template ``file``, with its control flow in calls of the environment."""
    result: nodes.Template = _Rewriter(file).visit(tree)
    return result


class _Rewriter(NodeTransformer):
    def __init__(self, file: str) -> None:
        self.file = file

    def visit_If(self, node: nodes.If) -> list[nodes.Node]:  # noqa: N802 - Jinja2's name, as below
        """Weigh every test; what any branch sets depends on them."""
        variables = _set_in([node])
        for branch in (node, *node.elif_):
            branch.test = self._call("weigh", self.visit(branch.test))
            branch.body = self._visited(branch.body)
        node.else_ = self._visited(node.else_)
        return self._around(node, variables)

    def visit_For(self, node: nodes.For) -> list[nodes.Node]:  # noqa: N802
        """Weigh what is looped over, and the test of each turn."""
        variables = [one for one in _set_in([node]) if isinstance(one, nodes.NSRef)]
        node.iter = self._call("weigh", self.visit(node.iter))
        if node.test is not None:
            node.iter = self._call("coming", node.iter)
            node.test = self._call("judge", self._call("loop_of_item"), self.visit(node.test))
        asks = any(one.name == "loop" for one in node.find_all(nodes.Name))
        loop = nodes.Name("loop", "load") if asks else nodes.Const(None)
        items = [nodes.Name(one.name, "load") for one in _found(node.target, nodes.Name)]
        turn, over = nodes.Output([self._call("turn", loop, *items)]), nodes.ExprStmt(self._call("leave"))
        node.body = [turn, *self._visited(node.body), over]
        if node.else_:
            node.else_ = [nodes.ExprStmt(self._call("none_taken")), *self._visited(node.else_)]
        return self._around(node, variables)

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node] | nodes.Node:  # noqa: N802
        """Weigh the name of what is included."""
        return self._named(node, [])

    def visit_Import(self, node: nodes.Import) -> list[nodes.Node] | nodes.Node:  # noqa: N802
        """Weigh the name of what is imported for what it is imported as."""
        return self._named(node, list(_stored(node)))

    visit_FromImport = visit_Import  # noqa: N815

    def visit_Extends(self, node: nodes.Extends) -> nodes.Node:  # noqa: N802
        """Weigh the name of what is extended for all that comes after."""
        if not isinstance(node.template, nodes.Const):
            node.template = self._call("name", self.visit(node.template))
        return node

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        """Weigh the test of a choice for what is chosen."""
        self.generic_visit(node)
        node.test = self._call("consider", node.test)
        return self._call("chosen", node)

    def visit_And(self, node: nodes.And) -> nodes.Node:  # noqa: N802
        """Weigh the left side for what the right one gives."""
        self.generic_visit(node)
        node.left = self._call("consider", node.left)
        return self._call("chosen", node)

    visit_Or = visit_And  # noqa: N815

    def visit_Not(self, node: nodes.Not) -> nodes.Node:  # noqa: N802
        """Carry the trace of what is negated."""
        self.generic_visit(node)
        return self._call("negated", node.node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        """Carry the traces of all that is compared."""
        self.generic_visit(node)
        operands: list[nodes.Expr] = [node.expr]
        for operand in node.ops:
            operands += [nodes.Const(operand.op, lineno=node.lineno), operand.expr]
        return self._call("compared", *operands)

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802
        """Say where a constant is written."""
        return self._call("written", node, nodes.Const(self.file), nodes.Const(node.lineno))

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """Carry the traces of the bounds of a slice."""
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = (node.arg.start, node.arg.stop, node.arg.step)
        return self._call("sliced", node.node, *(one or nodes.Const(None, lineno=node.lineno) for one in bounds))

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Keep the trace of each part on its stretch."""
        self.generic_visit(node)
        return self._call("joined", *node.nodes)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        """Note what a map of arguments was, which Python takes apart."""
        self.generic_visit(node)
        if node.dyn_kwargs is not None:
            node.dyn_kwargs = self._call("spread", node.dyn_kwargs)
        return node

    def _named(
        self, node: nodes.Include | nodes.Import | nodes.FromImport, variables: Sequence[nodes.Name]
    ) -> list[nodes.Node] | nodes.Node:
        if isinstance(node.template, nodes.Const):
            return node
        node.template = self._call("name", self.visit(node.template))
        return self._around(node, variables)

    def _visited(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        result: list[nodes.Node] = []
        for node in body:
            found: Any = self.visit(node)
            result += found if isinstance(found, list) else [found]
        return result

    def _around(self, node: nodes.Stmt, variables: Sequence[nodes.Name | nodes.NSRef]) -> list[nodes.Node]:
        line = node.lineno
        before = nodes.ExprStmt(self._call("enter"), lineno=line)
        mark = nodes.Output([self._call("settle")], lineno=line)
        after = nodes.ExprStmt(self._call("leave"), lineno=line)
        settled = [nodes.Assign(one, self._call("settled", _loaded(one)), lineno=line) for one in variables]
        result: list[nodes.Node] = [before, node, mark, *settled, after]
        for one in result:
            one.set_lineno(line)
        return result

    def _call(self, name: str, *arguments: nodes.Expr) -> nodes.Call:
        callee = nodes.EnvironmentAttribute(name)
        line = arguments[0].lineno if arguments else None
        return nodes.Call(callee, list(arguments), [], None, None, lineno=line)


def _loaded(variable: nodes.Name | nodes.NSRef) -> nodes.Expr:
    if isinstance(variable, nodes.Name):
        return nodes.Name(variable.name, "load")
    return nodes.Getattr(nodes.Name(variable.name, "load"), variable.attr, "load")


def _set_in(body: Sequence[nodes.Node]) -> list[nodes.Name | nodes.NSRef]:
    """Return the variables that may be set in a part of a template and are seen after it, each once."""
    found: dict[tuple[str, str], nodes.Name | nodes.NSRef] = {}
    for target in _targets(body, scoped=False):
        if isinstance(target, nodes.NSRef):
            found.setdefault((target.name, target.attr), nodes.NSRef(target.name, target.attr))
        else:
            found.setdefault((target.name, ""), nodes.Name(target.name, "store"))
    return list(found.values())


def _targets(body: Sequence[nodes.Node], *, scoped: bool) -> Iterator[nodes.Name | nodes.NSRef]:
    for node in body:
        if not scoped:
            yield from _stored(node)
        if isinstance(node, nodes.Macro | nodes.CallBlock | nodes.Block):
            continue
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            yield from _found(node.target, nodes.NSRef)
            if not scoped:
                yield from _found(node.target, nodes.Name)
        inner = scoped or isinstance(node, nodes.For | nodes.With | nodes.FilterBlock | nodes.AssignBlock | nodes.Scope)
        yield from _targets(list(node.iter_child_nodes()), scoped=inner)


def _stored(node: nodes.Node) -> Iterator[nodes.Name]:
    """Yield the names that a macro or an import gives something to."""
    match node:
        case nodes.Macro(name=name) | nodes.Import(target=name):
            yield nodes.Name(name, "store")
        case nodes.FromImport(names=names):
            yield from (nodes.Name(one[-1] if isinstance(one, tuple) else one, "store") for one in names)


def _found(node: nodes.Node, kind: type[_Node]) -> Iterator[_Node]:
    if isinstance(node, kind):
        yield node
    yield from node.find_all(kind)
