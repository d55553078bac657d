"""Addresses that the controller connects to, judged as Go would."""

import re
from typing import Final

from gitopsgen.validation.analysis.placeholders import Unresolved, parts

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_PORT: Final = re.compile(r":[0-9]*")
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_IN_HOST: Final = re.compile(r"[\s\"<>\\^`{|}]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def address_fault(text: str) -> str:
    """Return why nothing can be reached at ``text``; empty when something may be.

    Where a placeholder is not known, what stands around it is judged. Source: Go 1.24, net/url, net/http.
    """
    if isinstance(text, Unresolved):
        if text.startswith("{{"):
            return ""
        # a digit may be part of a host, of a port, and of a path
        text = "".join(literal + ("1" if placeholder is not None else "") for literal, placeholder in parts(text))
    if _CONTROL.search(text):
        return "has a control character in it"
    scheme = _SCHEME.fullmatch(text)
    if scheme is None or not scheme[2].startswith("//"):
        return "has no http:// or https://"
    if scheme[1].lower() not in ("http", "https"):
        return f"has the scheme {scheme[1]}, which is not http or https"
    authority, _, rest = scheme[2][2:].partition("?")[0].partition("#")[0].partition("/")
    host = authority.rpartition("@")[2]
    name = host[: host.rindex("]") + 1] if "]" in host else host.partition(":")[0]
    if not name:
        return "has no host"
    if _NOT_IN_HOST.search(host):
        return f"has a character in the host `{host}` that no host has"
    if not _PORT.fullmatch(host[len(name) :] or ":"):
        return f"has the port `{host[len(name) + 1 :]}`, which is no number"
    if _ESCAPE.search(rest):
        return "has a % that no two hexadecimal digits follow"
    return ""
