"""An expression written out again, with every parenthesis that keeps its meaning."""

from typing import assert_never

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.tokens import is_name

_LITERALS = (syntax.Nil, syntax.Integer, syntax.Float, syntax.Boolean, syntax.Text)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def print_expression(node: Node) -> str:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of part
    """Return text that reads as ``node`` does."""
    match node:
        case syntax.Nil():
            return "nil"
        case syntax.Name(text=text):
            return text
        case syntax.Integer(value=value) | syntax.Float(value=value) | syntax.Constant(value=value):
            return repr(value)
        case syntax.Boolean(value=truth):
            return "true" if truth else "false"
        case syntax.Text(value=text):
            return f'"{"".join(_ESCAPES.get(character, character) for character in text)}"'
        case syntax.Unary(operator=operator, operand=operand):
            return f"({operator} {print_expression(operand)})"
        case syntax.Binary(operator=operator, left=left, right=right):
            return f"({print_expression(left)} {operator} {print_expression(right)})"
        case syntax.Chain(body=body):
            return print_expression(body)
        case syntax.Member():
            return _member(node)
        case syntax.Slice(of=of, start=start, end=end):
            ends = ":".join(print_expression(one) if one else "" for one in (start, end))
            return f"{_base(of)}[{ends}]"
        case syntax.Call(callee=callee, arguments=arguments):
            return f"{print_expression(callee)}({_listed(arguments)})"
        case syntax.Builtin(name=name, arguments=arguments):
            return f"{name}({_listed(arguments)})"
        case syntax.Predicate(body=body):
            return f"{{{print_expression(body)}}}"
        case syntax.Pointer(name=name):
            return f"#{name}"
        case syntax.Let(name=name, value=value, body=body):
            return f"(let {name} = {print_expression(value)}; {print_expression(body)})"
        case syntax.Sequence(parts=parts):
            return f"({'; '.join(map(print_expression, parts))})"
        case syntax.Conditional(condition=condition, yes=yes, no=no):
            return f"({print_expression(condition)} ? {print_expression(yes)} : {print_expression(no)})"
        case syntax.ListOf(items=items):
            return f"[{_listed(items)}]"
        case syntax.Entry(key=key, value=value):
            name = print_expression(key)
            return f"{name if isinstance(key, syntax.Text) else f'({name})'}: {print_expression(value)}"
        case syntax.MapOf(entries=entries):
            return f"{{{_listed(entries)}}}"
        case _:
            assert_never(node)


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(print_expression, nodes))


def _base(node: Node) -> str:
    """Return what a point or a bracket follows; numbers and other literals stand in parentheses before them."""
    text = print_expression(node)
    return f"({text})" if isinstance(node, _LITERALS) else text


def _member(node: syntax.Member) -> str:
    of = _base(node.of)
    named = isinstance(node.key, syntax.Text) and is_name(node.key.value) and not isinstance(node.of, syntax.Chain)
    if isinstance(node.key, syntax.Text) and named:
        return f"{of}{'?.' if node.optional else '.'}{node.key.value}"
    return f"{of}{'?.' if node.optional else ''}[{print_expression(node.key)}]"
