"""Kubernetes quantities, ``100m`` and ``256Mi``, as numbers.

Source: kubernetes v1.35, staging/src/k8s.io/apimachinery/pkg/api/resource.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

_QUANTITY = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3}|)", re.ASCII)
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_PRECISE = Context(prec=400)


def parse_quantity(text: str) -> Decimal:
    """Return the number that a quantity says, rounded up to whole nanos as Kubernetes does.

    Raises:
        ValueError: it is no quantity.
    """
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(f"quantities must match the regular expression of resource.Quantity: {text!r}")
    sign, digits, suffix = found.groups()
    number = Decimal(f"{sign}{digits}")
    if suffix.endswith("i"):
        number = _PRECISE.multiply(number, Decimal(1024 ** ("KMGTPE".index(suffix[0]) + 1)))
    elif suffix in _POWERS:
        number = _PRECISE.scaleb(number, _POWERS[suffix])
    else:
        number = _PRECISE.scaleb(number, int(suffix[1:]))
    return number.quantize(Decimal("1e-9"), ROUND_CEILING if number >= 0 else ROUND_FLOOR, _PRECISE)
