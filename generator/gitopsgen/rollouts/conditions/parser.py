"""An expression from its text.

Source: expr v1.15.5 and v1.17.7, parser/parser.go. What looks odd here (a ``not`` that gets lost after an arithmetic
operator, numbers that take no index) is what those versions do.
"""

from typing import Final

from gitopsgen.rollouts.conditions import syntax
from gitopsgen.rollouts.conditions.builtin_names import builtins, predicates
from gitopsgen.rollouts.conditions.cursor import Cursor
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError, NotJudged
from gitopsgen.rollouts.conditions.number_literals import read_number
from gitopsgen.rollouts.conditions.syntax import Node
from gitopsgen.rollouts.conditions.tokens import Token, TokenKind, is_letter, tokenize

UNARY_PRECEDENCE: Final = {"not": 50, "!": 50, "-": 90, "+": 90}
PRECEDENCE: Final = {
    "|": 0,
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", "<", ">", ">=", "<=", "in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("**", "^"), 100),
    "??": 500,
}
_RIGHT_TO_LEFT: Final = ("**", "^")
_COMPARISONS: Final = ("<", ">", ">=", "<=")
_NEGATED: Final = ("in", "matches", "contains", "startsWith", "endsWith")
_CONSTANTS: Final = ("true", "false", "nil")

_REQUIRED_PREDICATE: Final = (False, False)
_OPTIONAL_PREDICATE: Final = (False, True)
_PREDICATE_ARGUMENTS: Final = {
    "count": _OPTIONAL_PREDICATE,
    "sum": _OPTIONAL_PREDICATE,
    "sortBy": (False, False, True),
    "reduce": (False, False, True),
}
"""For each argument whether it may be left out; the second one is the predicate."""

_DEEPEST_NESTING: Final = 60
_DEEPEST_TREE: Final = 150
_LONGEST_TEXT: Final = 20_000


def parse(expression: str, dialect: Dialect) -> Node:
    """Return the parts of an expression.

    Raises:
        CompileError: It is none of the language.
        NotJudged: It is longer or deeper than anybody writes one.
    """
    if len(expression) > _LONGEST_TEXT:
        raise NotJudged("it is too long to be judged")
    node = _Parser(tokenize(expression, dialect), dialect).parse()
    if syntax.depth_of(node) > _DEEPEST_TREE:
        raise NotJudged("it is nested too deeply to be judged")
    return node


class _Parser(Cursor):
    def __init__(self, tokens: list[Token], dialect: Dialect) -> None:
        super().__init__(tokens)
        self._dialect = dialect
        self._newer = dialect.is_newer
        self._predicates = 0
        self._nesting = 0

    def parse(self) -> Node:
        node = self._sequence()
        if self.token.kind is not TokenKind.END:
            raise self.unexpected()
        return node

    def _sequence(self) -> Node:
        parts = [self._expression(0)]
        while self._newer and self.accept(TokenKind.OPERATOR, ";"):
            if self.at(TokenKind.END):
                break
            parts.append(self._expression(0))
        return parts[0] if len(parts) == 1 else syntax.Sequence(offset=parts[0].offset, parts=tuple(parts))

    def _expression(self, precedence: int) -> Node:
        self._nesting += 1
        if self._nesting > _DEEPEST_NESTING:
            raise NotJudged("it is nested too deeply to be judged")
        try:
            if precedence == 0 and self.at(TokenKind.OPERATOR, "let"):
                return self._declaration()
            if precedence == 0 and self._newer and self.at(TokenKind.OPERATOR, "if"):
                return self._if()
            node = self._operators(self._primary(), precedence)
            return self._conditional(node) if precedence == 0 else node
        finally:
            self._nesting -= 1

    def _operators(self, left: Node, precedence: int) -> Node:
        previous = ""
        while self.token.kind is TokenKind.OPERATOR:
            negation = self._negation(precedence) if self.token.text == "not" else None
            token = self.token
            if self._newer and token.text == "not":
                break
            if token.kind is not TokenKind.OPERATOR or PRECEDENCE.get(token.text, -1) < precedence:
                break
            self.advance()
            if token.text == "|":
                left = self._call(self.expect(TokenKind.IDENTIFIER), (left,))
            elif previous == "??" and token.text != "??":
                message = f"`??` and `{token.text}` need parentheses around one of them"
                raise CompileError(message, token.offset)
            elif self._newer and token.text in _COMPARISONS:
                left = self._comparison(left, token)
            else:
                left = self._binary(left, token)
                if negation:
                    left = syntax.Unary(offset=negation.offset, operator="not", operand=left)
            previous = token.text
        return left

    def _negation(self, precedence: int) -> Token | None:
        """Return the ``not`` before an operator such as ``in``, having gone past it."""
        negation = self.token
        if not self._newer:
            # What follows may bind less tightly than the operator before: then the operand ends here, and its
            # `not` is gone.
            return self.advance()
        following = self.following()
        if following.text not in _NEGATED:
            self.advance()
            raise self.unexpected()
        if PRECEDENCE[following.text] >= precedence:
            self.advance()
        return negation

    def _binary(self, left: Node, token: Token) -> Node:
        tighter = 0 if token.text in _RIGHT_TO_LEFT else 1
        right = self._expression(PRECEDENCE[token.text] + tighter)
        return syntax.Binary(offset=token.offset, operator=token.text, left=left, right=right)

    def _comparison(self, left: Node, token: Token) -> Node:
        """Return ``left < middle``, or ``left < middle && middle < right`` and so on."""
        whole: Node | None = None
        while True:
            right = self._expression(PRECEDENCE[token.text] + 1)
            one = syntax.Binary(offset=token.offset, operator=token.text, left=left, right=right)
            whole = syntax.Binary(offset=token.offset, operator="&&", left=whole, right=one) if whole else one
            if not self.at(TokenKind.OPERATOR, *_COMPARISONS):
                return whole
            left, token = right, self.advance()

    def _declaration(self) -> Node:
        self.advance()
        name = self.expect(TokenKind.IDENTIFIER)
        self.expect(TokenKind.OPERATOR, "=")
        value = self._expression(0)
        self.expect(TokenKind.OPERATOR, ";")
        return syntax.Let(offset=name.offset, name=name.text, value=value, body=self._sequence())

    def _if(self) -> Node:
        start = self.advance()
        condition = self._expression(0)
        yes = self._block()
        self.expect(TokenKind.OPERATOR, "else")
        no = self._expression(0) if self.at(TokenKind.OPERATOR, "if") else self._block()
        return syntax.Conditional(offset=start.offset, condition=condition, yes=yes, no=no)

    def _block(self) -> Node:
        self.expect(TokenKind.BRACKET, "{")
        body = self._sequence()
        self.expect(TokenKind.BRACKET, "}")
        return body

    def _conditional(self, node: Node) -> Node:
        while self.at(TokenKind.OPERATOR, "?"):
            token = self.advance()
            if self.accept(TokenKind.OPERATOR, ":"):
                yes = node
            else:
                yes = self._expression(0)
                self.expect(TokenKind.OPERATOR, ":")
            no = self._expression(0)
            node = syntax.Conditional(offset=token.offset, condition=node, yes=yes, no=no)
        return node

    def _primary(self) -> Node:
        token = self.token
        if token.kind is TokenKind.OPERATOR and token.text in UNARY_PRECEDENCE:
            self.advance()
            operand = self._expression(UNARY_PRECEDENCE[token.text])
            return self._postfix(syntax.Unary(offset=token.offset, operator=token.text, operand=operand))
        if self.accept(TokenKind.BRACKET, "("):
            node = self._sequence() if self._newer else self._expression(0)
            self.expect(TokenKind.BRACKET, ")")
            return self._postfix(node)
        if self.at(TokenKind.OPERATOR, "#", "."):
            return self._pointer()
        if self._newer and self.accept(TokenKind.OPERATOR, "::"):
            return self._postfix(self._call(self.expect(TokenKind.IDENTIFIER), ()))
        return self._secondary()

    def _pointer(self) -> Node:
        token = self.token
        if not self._predicates:
            message = f"`{token.text}` stands for an item, and there is no predicate around it"
            raise CompileError(message, token.offset)
        name = ""
        if self.accept(TokenKind.OPERATOR, "#") and self.at(TokenKind.IDENTIFIER):
            name = self.advance().text
        return self._postfix(syntax.Pointer(offset=token.offset, name=name))

    def _secondary(self) -> Node:
        token = self.token
        match token.kind:
            case TokenKind.IDENTIFIER if token.text in _CONSTANTS:
                self.advance()
                if token.text == "nil":
                    return syntax.Nil(offset=token.offset)
                return syntax.Boolean(offset=token.offset, value=token.text == "true")
            case TokenKind.IDENTIFIER:
                self.advance()
                if self.at(TokenKind.BRACKET, "("):
                    return self._postfix(self._call(token, ()))
                return self._postfix(syntax.Name(offset=token.offset, text=token.text))
            case TokenKind.NUMBER:
                self.advance()
                return read_number(token.text, token.offset, newer=self._newer)
            case TokenKind.TEXT:
                self.advance()
                text = syntax.Text(offset=token.offset, value=token.text)
                return self._postfix(text) if self._newer else text
            case TokenKind.BRACKET if token.text == "[":
                return self._postfix(self._list())
            case TokenKind.BRACKET if token.text == "{":
                return self._postfix(self._map())
            case _:
                raise self.unexpected()

    def _call(self, name: Token, given: tuple[Node, ...]) -> Node:
        if name.text in predicates(self._dialect):
            arguments = given + self._predicate_arguments(name.text, len(given))
            return syntax.Builtin(offset=name.offset, name=name.text, arguments=arguments)
        arguments = given + self._arguments()
        if name.text in builtins(self._dialect):
            return syntax.Builtin(offset=name.offset, name=name.text, arguments=arguments)
        callee = syntax.Name(offset=name.offset, text=name.text)
        return syntax.Call(offset=name.offset, callee=callee, arguments=arguments)

    def _predicate_arguments(self, name: str, given: int) -> tuple[Node, ...]:
        self.expect(TokenKind.BRACKET, "(")
        optional = _PREDICATE_ARGUMENTS.get(name, _REQUIRED_PREDICATE)
        if not self._newer and name == "count":
            optional = _REQUIRED_PREDICATE
        arguments: list[Node] = []
        for index in range(given, len(optional)):
            if optional[index] and self._argument_missing():
                break
            if index > given:
                self.expect(TokenKind.OPERATOR, ",")
            arguments.append(self._predicate() if index == 1 else self._expression(0))
        if self._newer:
            self.accept(TokenKind.OPERATOR, ",")
        self.expect(TokenKind.BRACKET, ")")
        return tuple(arguments)

    def _argument_missing(self) -> bool:
        return self.at(TokenKind.BRACKET, ")") if self._newer else not self.at(TokenKind.OPERATOR, ",")

    def _predicate(self) -> Node:
        start = self.token
        braced = self.accept(TokenKind.BRACKET, "{")
        self._predicates += 1
        body = self._sequence() if braced else self._expression(0)
        self._predicates -= 1
        if braced:
            self.expect(TokenKind.BRACKET, "}")
        return syntax.Predicate(offset=start.offset, body=body)

    def _arguments(self) -> tuple[Node, ...]:
        self.expect(TokenKind.BRACKET, "(")
        arguments: list[Node] = []
        while not self.at(TokenKind.BRACKET, ")"):
            if arguments:
                self.expect(TokenKind.OPERATOR, ",")
                if self._newer and self.at(TokenKind.BRACKET, ")"):
                    break
            arguments.append(self._expression(0))
        self.advance()
        return tuple(arguments)

    def _list(self) -> Node:
        start = self.advance()
        items: list[Node] = []
        while not self.at(TokenKind.BRACKET, "]"):
            if items:
                self.expect(TokenKind.OPERATOR, ",")
                if self.at(TokenKind.BRACKET, "]"):
                    break
            items.append(self._expression(0))
        self.advance()
        return syntax.ListOf(offset=start.offset, items=tuple(items))

    def _map(self) -> Node:
        start = self.advance()
        entries: list[syntax.Entry] = []
        while not self.at(TokenKind.BRACKET, "}"):
            if entries:
                self.expect(TokenKind.OPERATOR, ",")
                if self.at(TokenKind.BRACKET, "}"):
                    break
            key = self._key()
            self.expect(TokenKind.OPERATOR, ":")
            entries.append(syntax.Entry(offset=start.offset, key=key, value=self._expression(0)))
        self.advance()
        return syntax.MapOf(offset=start.offset, entries=tuple(entries))

    def _key(self) -> Node:
        token = self.token
        if token.kind in (TokenKind.NUMBER, TokenKind.TEXT, TokenKind.IDENTIFIER):
            self.advance()
            return syntax.Text(offset=token.offset, value=token.text)
        if self.at(TokenKind.BRACKET, "("):
            return self._expression(0)
        raise self.unexpected()

    def _postfix(self, node: Node) -> Node:
        while True:
            if self.at(TokenKind.OPERATOR, ".", "?."):
                optional = self.advance().text == "?."
                if self._newer and optional and self.at(TokenKind.BRACKET, "["):
                    node = self._bracket(node, optional=True)
                else:
                    node = self._member(node, optional=optional)
            elif self.at(TokenKind.BRACKET, "["):
                node = self._bracket(node, optional=False)
            else:
                return node

    def _member(self, node: Node, *, optional: bool) -> Node:
        name = self.token
        is_word = name.kind is TokenKind.OPERATOR and is_letter(name.text[0])
        if name.kind is not TokenKind.IDENTIFIER and not is_word:
            raise CompileError(f"a name must follow the point, not {name}", name.offset)
        self.advance()
        chained = isinstance(node, syntax.Chain)
        of = node.body if isinstance(node, syntax.Chain) else node
        key = syntax.Text(offset=name.offset, value=name.text)
        called = self.at(TokenKind.BRACKET, "(")
        found: Node = syntax.Member(offset=name.offset, of=of, key=key, optional=optional, called=called)
        if called:
            found = syntax.Call(offset=name.offset, callee=found, arguments=self._arguments())
        return syntax.Chain(offset=name.offset, body=found) if chained or optional else found

    def _bracket(self, node: Node, *, optional: bool) -> Node:
        start = self.advance()
        first = None if self.at(TokenKind.OPERATOR, ":") else self._expression(0)
        if self.accept(TokenKind.OPERATOR, ":"):
            end = None if self.at(TokenKind.BRACKET, "]") else self._expression(0)
            node = syntax.Slice(offset=start.offset, of=node, start=first, end=end)
        elif first is not None:
            node = syntax.Member(offset=start.offset, of=node, key=first, optional=optional)
            if optional:
                node = syntax.Chain(offset=start.offset, body=node)
        self.expect(TokenKind.BRACKET, "]")
        return node
