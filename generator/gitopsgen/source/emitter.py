"""Canonical YAML: the same value gives the same bytes, and every reader of YAML gives the same value back."""

import math
import re
from functools import lru_cache
from typing import Final

from gitopsgen.source.scalars import is_plain_safe

_FIRST_KEYS: Final = ("apiVersion", "kind", "metadata", "spec")
_LITERAL: Final = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\ufeff\ud800-\udfff\ufffe\uffff][^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*"
)
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')


def emit(value: object) -> str:
    """Return ``value`` as canonical YAML that ends in a newline.

    Block style, two spaces, list items at the indent of their key as kubectl prints them. ``apiVersion``, ``kind``,
    ``metadata`` and ``spec`` come first at the top; all other keys stay in their order.
    """
    if isinstance(value, dict) and value:
        keys = [key for key in _FIRST_KEYS if key in value]
        ordered = {key: value[key] for key in keys}
        ordered.update(value)
        value = ordered
    lines: list[str] = []
    if isinstance(value, dict | list | tuple) and value:
        _block(value, "", lines)
    else:
        lines.append(quote(value) if isinstance(value, str) else _scalar(value, ""))
    return "\n".join(lines) + "\n"


def emit_inline(value: object) -> str:
    """Return ``value`` in flow style on one line, as it may stand after a key."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow_key(key)}: {emit_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(emit_inline, value)) + "]"
    if isinstance(value, str):
        text = quote(value)
        return text if text[0] == '"' or not _FLOW_INDICATORS & set(text) else _double_quoted(value)
    return _scalar(value, "")


_FLOW_INDICATORS: Final = frozenset("[]{},")


def _flow_key(key: object) -> str:
    return emit_inline(key if isinstance(key, str) else str(key))


def _block(value: object, indent: str, lines: list[str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            head = indent + quote(key if isinstance(key, str) else str(key)) + ":"
            if isinstance(item, dict) and item:
                lines.append(head)
                _block(item, indent + "  ", lines)
            elif isinstance(item, list | tuple) and item:
                lines.append(head)
                _block(item, indent, lines)
            else:
                lines.append(f"{head} {_scalar(item, indent + '  ')}")
        return
    if not isinstance(value, list | tuple):
        raise TypeError(f"a block is a mapping or a list, not {type(value).__name__}")
    for item in value:
        if isinstance(item, dict | list | tuple) and item:
            start = len(lines)
            _block(item, indent + "  ", lines)
            lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
        else:
            lines.append(f"{indent}- {_scalar(item, indent + '  ')}")


def _scalar(value: object, indent: str) -> str:
    if isinstance(value, str):
        if "\n" in value and _LITERAL.fullmatch(value):
            return _literal(value, indent)
        return quote(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    raise TypeError(f"YAML has no {type(value).__name__}")


def _literal(value: str, indent: str) -> str:
    body = value.rstrip("\n")
    ending = len(value) - len(body)
    chomping = "-" if ending == 0 else "" if ending == 1 else "+"
    text = "\n".join(indent + line if line else "" for line in body.split("\n"))
    return f"|{chomping}\n{text}" + "\n" * max(ending - 1, 0)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise TypeError(f"Kubernetes has no number {value}")
    text = repr(value)
    mantissa, exponent_mark, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}" if exponent_mark else text


@lru_cache(maxsize=65536)
def quote(text: str) -> str:
    """Return ``text`` as a scalar on one line: plain where every reader agrees, in double quotes elsewhere."""
    return text if is_plain_safe(text) else _double_quoted(text)


def _double_quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or (f"\\x{ord(character):02x}" if character < "\x80" else f"\\u{ord(character):04x}")
