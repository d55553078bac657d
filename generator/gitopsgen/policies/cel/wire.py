"""The protocol buffer wire format, as far as checked expressions use it.

Source: https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterator
from typing import TypeAlias

Field: TypeAlias = tuple[int, int | bytes]
"""A field's number and its value: an integer for a varint, bytes for all else."""

_SMALL = tuple(bytes([value]) for value in range(0x80))
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def read_fields(data: bytes) -> Iterator[Field]:
    """Yield the fields of a message in order."""
    position, end = 0, len(data)
    while position < end:
        key, position = _read_varint(data, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _read_varint(data, position)
            yield number, value
            continue
        if kind == _LENGTH:
            size, position = _read_varint(data, position)
        elif kind == _FIXED64:
            size = 8
        elif kind == _FIXED32:
            size = 4
        else:
            raise ValueError(f"wire type {kind} is not used here")
        yield number, data[position : position + size]
        position += size


def read_map(data: bytes) -> tuple[int, int | bytes]:
    """Return one entry of a map with integer keys; a value that is left out is 0."""
    key: int | bytes = 0
    value: int | bytes = 0
    for number, content in read_fields(data):
        if number == 1:
            key = content
        else:
            value = content
    return int(key), value  # a map's key is a varint


def as_bytes(value: int | bytes) -> bytes:
    """Return a field's content; an empty message that was left out reads as 0."""
    return value if isinstance(value, bytes) else b""


def signed(value: int | bytes) -> int:
    """Return an ``int64``, which the wire carries as its two's complement."""
    number = int(value)
    return number - 2**64 if number >= 2**63 else number


def write_number(number: int, value: int) -> bytes:
    """Return a varint field; 0 is the default and left out."""
    return _varint(number << 3) + _varint(value) if value else b""


def write_bytes(number: int, value: bytes) -> bytes:
    """Return a length-delimited field."""
    return _varint(number << 3 | _LENGTH) + _varint(len(value)) + value


def write_text(number: int, value: str) -> bytes:
    """Return a string field; the empty string is the default and left out."""
    return write_bytes(number, value.encode()) if value else b""


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    byte = data[position]
    position += 1
    if byte < 0x80:  # noqa: PLR2004 - the bit that says that more bytes follow
        return byte, position
    value, shift = byte & 0x7F, 7
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the same
            return value, position
        shift += 7


def _varint(value: int) -> bytes:
    if value <= 0x7F:  # noqa: PLR2004 - seven bits a byte
        return _SMALL[value]
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
