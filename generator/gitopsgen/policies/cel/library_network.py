"""IP addresses, CIDR blocks and URLs in expressions.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/cel/library (ip.go, cidr.go, urls.go); Go's netip and
net/url give the meaning of the texts.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from gitopsgen.policies.cel.declarations import CIDR, IP, URL
from gitopsgen.policies.cel.tags import Tagged, content_of, is_tagged, require_text, tag

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\[\]:/ \"<>\\^`{}|]*)(?::\d*)?")


def parse_address(text: object) -> Address:
    """Return the address; zones and IPv4-mapped IPv6 addresses are refused, as Kubernetes does.

    Raises:
        ValueError: it is no address.
    """
    address = ip_address(require_text(text))
    if isinstance(address, IPv6Address) and (address.scope_id or address.ipv4_mapped):
        raise ValueError(f"IP address {text!r} with a zone or an IPv4-mapped address is not allowed")
    return address


def ip(value: object) -> Tagged:
    """``ip(string)``, and ``ip()`` of a CIDR block."""
    if is_tagged(CIDR, value):
        return tag(IP, content_of(CIDR, value).partition("/")[0])
    return tag(IP, str(parse_address(value)))


def is_ip(value: object) -> bool:
    """``isIP(string)``."""
    try:
        parse_address(value)
    except ValueError:
        return False
    return True


def is_canonical(value: object) -> bool:
    """``ip.isCanonical(string)``."""
    return str(parse_address(value)) == value


def family(value: object) -> int:
    """``family()``: 4 or 6."""
    return _address(value).version


def is_unspecified(value: object) -> bool:
    """``isUnspecified()``."""
    return _address(value).is_unspecified


def is_loopback(value: object) -> bool:
    """``isLoopback()``."""
    return _address(value).is_loopback


def is_link_local_unicast(value: object) -> bool:
    """``isLinkLocalUnicast()``: 169.254.0.0/16 and fe80::/10."""
    return _address(value).is_link_local


def is_link_local_multicast(value: object) -> bool:
    """``isLinkLocalMulticast()``: 224.0.0.0/24, and ffx2::/16 for IPv6."""
    packed = _address(value).packed
    if len(packed) == 4:  # noqa: PLR2004 - the bytes of an IPv4 address
        return packed[:3] == b"\xe0\x00\x00"
    return packed[0] == 0xFF and packed[1] & 0x0F == 2  # noqa: PLR2004 - RFC 4291's scope of a multicast address


def is_global_unicast(value: object) -> bool:
    """``isGlobalUnicast()``: private addresses are, in Go's meaning of it."""
    address = _address(value)
    return not (
        address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
        or address == IPv4Address("255.255.255.255")
    )


def cidr(value: object) -> Tagged:
    """``cidr(string)``; the host bits are kept."""
    address, length = _prefix(require_text(value))
    return tag(CIDR, f"{address}/{length}")


def is_cidr(value: object) -> bool:
    """``isCIDR(string)``."""
    try:
        _prefix(require_text(value))
    except ValueError:
        return False
    return True


def contains_ip(block: object, value: object) -> bool:
    """``containsIP(ip or string)``."""
    address = parse_address(content_of(IP, value) if isinstance(value, dict) else value)
    network = _network(content_of(CIDR, block))
    return address.version == network.version and address in network


def contains_cidr(block: object, value: object) -> bool:
    """``containsCIDR(cidr or string)``."""
    outer = _network(content_of(CIDR, block))
    inner = _network(content_of(CIDR, value) if isinstance(value, dict) else require_text(value))
    return outer.version == inner.version and inner.prefixlen >= outer.prefixlen and inner.network_address in outer


def masked(block: object) -> Tagged:
    """``masked()``: the block without host bits."""
    return tag(CIDR, str(_network(content_of(CIDR, block))))


def prefix_length(block: object) -> int:
    """``prefixLength()``."""
    return int(content_of(CIDR, block).rpartition("/")[2])


def url(value: object) -> Tagged:
    """``url(string)``: an absolute URL or an absolute path."""
    text = require_text(value)
    _split(text)
    return tag(URL, text)


def is_url(value: object) -> bool:
    """``isURL(string)``."""
    try:
        _split(require_text(value))
    except ValueError:
        return False
    return True


def get_scheme(value: object) -> str:
    """``getScheme()``."""
    return _url(value).scheme


def get_host(value: object) -> str:
    """``getHost()``: with the port, brackets kept."""
    return unquote(_url(value).netloc.rpartition("@")[2])


def get_hostname(value: object) -> str:
    """``getHostname()``: without port and brackets."""
    host = get_host(value)
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def get_port(value: object) -> str:
    """``getPort()``; empty when there is none."""
    return get_host(value).rpartition("]")[2].partition(":")[2]


def get_escaped_path(value: object) -> str:
    """``getEscapedPath()``."""
    path = _url(value).path
    return path if re.fullmatch(r"[\x21-\x7e]*", path) else quote(unquote(path), safe="/:@!$&'()*+,;=-_.~")


def get_query(value: object) -> dict[str, list[str]]:
    """``getQuery()``: every value of every key, in order."""
    query: dict[str, list[str]] = {}
    for key, item in parse_qsl(_url(value).query, keep_blank_values=True):
        query.setdefault(key, []).append(item)
    return query


def _address(value: object) -> Address:
    return parse_address(content_of(IP, value))


def _prefix(text: str) -> tuple[Address, int]:
    base, _, length = text.rpartition("/")
    address = parse_address(base)
    if not re.fullmatch(r"0|[1-9]\d{0,2}", length, re.ASCII) or int(length) > address.max_prefixlen:
        raise ValueError(f"network address parse error during conversion from string: {text!r}")
    return address, int(length)


def _network(text: str) -> Network:
    address, length = _prefix(text)
    return ip_network(f"{address}/{length}", strict=False)


def _url(value: object) -> SplitResult:
    return urlsplit(content_of(URL, value))


def _split(text: str) -> SplitResult:
    """Return the parts of what Go's ``url.ParseRequestURI`` accepts."""
    if re.search(r"[\x00-\x20\x7f]", text.partition("?")[0]) or re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError(f"URL parse error during conversion from string: {text!r}")
    # Go keeps a fragment as part of the path here; only a scheme or a leading slash makes it absolute
    parts = urlsplit(text, allow_fragments=False)
    host = parts.netloc.rpartition("@")[2]
    if not (parts.scheme or text.startswith("/")) or not _HOST.fullmatch(host):
        raise ValueError(f"URL parse error during conversion from string: {text!r}: invalid URI for request")
    if not text.startswith("/") and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        raise ValueError(f"URL parse error during conversion from string: {text!r}")
    return parts
