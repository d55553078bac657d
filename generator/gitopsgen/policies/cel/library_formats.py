"""Named formats (``format.dns1123Label()``) in expressions: what a text has to look like, and what is said otherwise.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/cel/library/format.go and
staging/src/k8s.io/apimachinery/pkg/api/validate/content.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from gitopsgen.policies.cel.declarations import FORMAT, FORMAT_NAMES
from gitopsgen.policies.cel.library_network import is_url
from gitopsgen.policies.cel.tags import Tagged, content_of, require_text, tag

_LABEL_1123 = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN_1123 = rf"{_LABEL_1123}(\.{_LABEL_1123})*"
_LABEL_1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = rf"({_QUALIFIED})?"

_LABEL_1123_MESSAGE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_1123_MESSAGE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character"
)
_LABEL_1035_MESSAGE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character"
)
_QUALIFIED_MESSAGE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_LABEL_VALUE_MESSAGE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character"
)


def named(name: object) -> Tagged:
    """``format.named(name)``: empty when there is none of that name, which the caller makes an empty optional."""
    return tag(FORMAT, require_text(name)) if name in FORMAT_NAMES else {}


def validate(value: object, text: object) -> list[str]:
    """``validate(text)``: what is wrong with it; empty when nothing is, which the caller makes an empty optional."""
    return _CHECKS[content_of(FORMAT, value)](require_text(text))


def _must_match(pattern: str, message: str, *examples: str, limit: int = 0) -> Callable[[str], list[str]]:
    compiled = re.compile(pattern)

    def check(text: str) -> list[str]:
        faults = [f"must be no more than {limit} characters"] if limit and len(text.encode()) > limit else []
        if not compiled.fullmatch(text):
            faults.append(_regex_error(message, pattern, *examples))
        return faults

    return check


def _regex_error(message: str, pattern: str, *examples: str) -> str:
    shown = ", or ".join(f"'{example}', " for example in examples).rstrip(", ")
    return f"{message} (e.g. {shown.replace(', , or', ',  or')}, regex used for validation is '{pattern}')"


def _prefix(check: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """Return the check of a ``generateName``, to which characters will be added: a dash at its end is all right."""
    return lambda text: check(f"{text[:-1]}a" if len(text) > 1 and text.endswith("-") else text)


def _qualified_name(text: str) -> list[str]:
    prefix, slash, name = text.rpartition("/")
    if prefix.count("/"):
        return [
            _regex_error(f"a valid label key {_QUALIFIED_MESSAGE}", _QUALIFIED, "MyName", "my.name", "123-abc")
            + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    faults = []
    if slash:
        if not prefix:
            faults.append("prefix part must be non-empty")
        else:
            faults += [f"prefix part {fault}" for fault in _CHECKS["dns1123Subdomain"](prefix)]
    if not name:
        faults.append("name part must be non-empty")
    elif len(name) > 63:  # noqa: PLR2004 - the length of a DNS label
        faults.append("name part must be no more than 63 characters")
    if not re.fullmatch(_QUALIFIED, name):
        faults.append(_regex_error(f"name part {_QUALIFIED_MESSAGE}", _QUALIFIED, "MyName", "my.name", "123-abc"))
    return faults


def _uri(text: str) -> list[str]:
    return [] if is_url(text) else [f'parse "{text}": invalid URI for request']


def _uuid(text: str) -> list[str]:
    dashed = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    return [] if re.fullmatch(rf"{dashed}|[0-9a-fA-F]{{32}}", text) else ["does not match the UUID format"]


def _byte(text: str) -> list[str]:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ["invalid base64"]
    return []


def _date(text: str) -> list[str]:
    try:
        date.fromisoformat(text)
    except ValueError:
        return ["invalid date"]
    return [] if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else ["invalid date"]


def _datetime(text: str) -> list[str]:
    pattern = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)"
    try:
        datetime.fromisoformat(text[:19].upper())
    except ValueError:
        return ["invalid datetime"]
    return [] if re.fullmatch(pattern, text, re.ASCII) else ["invalid datetime"]


_DNS_1123_LABEL = _must_match(_LABEL_1123, _LABEL_1123_MESSAGE, "my-name", "123-abc", limit=63)
_DNS_1123_SUBDOMAIN = _must_match(_SUBDOMAIN_1123, _SUBDOMAIN_1123_MESSAGE, "example.com", limit=253)
_DNS_1035_LABEL = _must_match(_LABEL_1035, _LABEL_1035_MESSAGE, "my-name", "abc-123", limit=63)

_CHECKS: Mapping[str, Callable[[str], list[str]]] = {
    "dns1123Label": _DNS_1123_LABEL,
    "dns1123Subdomain": _DNS_1123_SUBDOMAIN,
    "dns1035Label": _DNS_1035_LABEL,
    "qualifiedName": _qualified_name,
    "dns1123LabelPrefix": _prefix(_DNS_1123_LABEL),
    "dns1123SubdomainPrefix": _prefix(_DNS_1123_SUBDOMAIN),
    "dns1035LabelPrefix": _prefix(_DNS_1035_LABEL),
    "labelValue": _must_match(_LABEL_VALUE, _LABEL_VALUE_MESSAGE, "MyValue", "my_value", "12345", limit=63),
    "uri": _uri,
    "uuid": _uuid,
    "byte": _byte,
    "date": _date,
    "datetime": _datetime,
}
