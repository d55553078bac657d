"""What an expression may call and of which type it is: the signatures of Kubernetes' CEL environment.

The standard library, macros, ``optional``, ``lists``, ``sets`` and two-variable comprehensions are the native
engine's. Declared here is what it lacks, and what it has in another version than Kubernetes (so ``base64``, ``math``,
``cel.bind`` and ``string.reverse`` stay unknown).

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/cel/environment/base.go and pkg/cel/library.
"""

import re
from collections.abc import Iterator

AUTHORIZER, RESOURCE_CHECK = "kubernetes.authorization.Authorizer", "kubernetes.authorization.ResourceCheck"
IP, CIDR, URL = "net.IP", "net.CIDR", "kubernetes.URL"
QUANTITY, SEMVER, FORMAT = "kubernetes.Quantity", "kubernetes.Semver", "kubernetes.NamedFormat"

OPAQUE_TYPES = (IP, CIDR, URL, QUANTITY, SEMVER, FORMAT)
"""Types that only functions make and read; at run time each is a map with one key, ``@`` and the type's name."""

_ORDERED = ("int", "uint", "double", "bool", "string", "bytes", "duration", "timestamp")
_NUMERIC = ("int", "uint", "double")

_SIGNATURES = """
string(int) -> string
string(uint) -> string
string(double) -> string
string(bool) -> string
string(string) -> string
string(bytes) -> string
string(duration) -> string
string(timestamp) -> string
string(net.IP) -> string
string(net.CIDR) -> string

string.charAt(int) -> string
string.indexOf(string) -> int
string.indexOf(string, int) -> int
string.lastIndexOf(string) -> int
string.lastIndexOf(string, int) -> int
string.lowerAscii() -> string
string.upperAscii() -> string
string.replace(string, string) -> string
string.replace(string, string, int) -> string
string.split(string) -> list<string>
string.split(string, int) -> list<string>
string.substring(int) -> string
string.substring(int, int) -> string
string.trim() -> string
string.format(list<dyn>) -> string
strings.quote(string) -> string
list<string>.join() -> string
list<string>.join(string) -> string

string.find(string) -> string
string.findAll(string) -> list<string>
string.findAll(string, int) -> list<string>

list<T>.indexOf(T) -> int
list<T>.lastIndexOf(T) -> int

quantity(string) -> kubernetes.Quantity
isQuantity(string) -> bool
kubernetes.Quantity.sign() -> int
kubernetes.Quantity.isInteger() -> bool
kubernetes.Quantity.asInteger() -> int
kubernetes.Quantity.asApproximateFloat() -> double
kubernetes.Quantity.add(kubernetes.Quantity) -> kubernetes.Quantity
kubernetes.Quantity.add(int) -> kubernetes.Quantity
kubernetes.Quantity.sub(kubernetes.Quantity) -> kubernetes.Quantity
kubernetes.Quantity.sub(int) -> kubernetes.Quantity
kubernetes.Quantity.isLessThan(kubernetes.Quantity) -> bool
kubernetes.Quantity.isGreaterThan(kubernetes.Quantity) -> bool
kubernetes.Quantity.compareTo(kubernetes.Quantity) -> int

url(string) -> kubernetes.URL
isURL(string) -> bool
kubernetes.URL.getScheme() -> string
kubernetes.URL.getHost() -> string
kubernetes.URL.getHostname() -> string
kubernetes.URL.getPort() -> string
kubernetes.URL.getEscapedPath() -> string
kubernetes.URL.getQuery() -> map<string, list<string>>

ip(string) -> net.IP
isIP(string) -> bool
ip.isCanonical(string) -> bool
net.IP.family() -> int
net.IP.isUnspecified() -> bool
net.IP.isLoopback() -> bool
net.IP.isLinkLocalMulticast() -> bool
net.IP.isLinkLocalUnicast() -> bool
net.IP.isGlobalUnicast() -> bool

cidr(string) -> net.CIDR
isCIDR(string) -> bool
net.CIDR.containsIP(string) -> bool
net.CIDR.containsIP(net.IP) -> bool
net.CIDR.containsCIDR(string) -> bool
net.CIDR.containsCIDR(net.CIDR) -> bool
net.CIDR.ip() -> net.IP
net.CIDR.masked() -> net.CIDR
net.CIDR.prefixLength() -> int

semver(string) -> kubernetes.Semver
semver(string, bool) -> kubernetes.Semver
isSemver(string) -> bool
isSemver(string, bool) -> bool
kubernetes.Semver.major() -> int
kubernetes.Semver.minor() -> int
kubernetes.Semver.patch() -> int
kubernetes.Semver.isLessThan(kubernetes.Semver) -> bool
kubernetes.Semver.isGreaterThan(kubernetes.Semver) -> bool
kubernetes.Semver.compareTo(kubernetes.Semver) -> int

kubernetes.authorization.Authorizer.path(string) -> kubernetes.authorization.PathCheck
kubernetes.authorization.Authorizer.group(string) -> kubernetes.authorization.GroupCheck
kubernetes.authorization.Authorizer.serviceAccount(string, string) -> kubernetes.authorization.Authorizer
kubernetes.authorization.PathCheck.check(string) -> kubernetes.authorization.Decision
kubernetes.authorization.GroupCheck.resource(string) -> kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.subresource(string) -> kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.namespace(string) -> kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.name(string) -> kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.fieldSelector(string) -> kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.labelSelector(string) -> kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.check(string) -> kubernetes.authorization.Decision
kubernetes.authorization.Decision.allowed() -> bool
kubernetes.authorization.Decision.reason() -> string
kubernetes.authorization.Decision.errored() -> bool
kubernetes.authorization.Decision.error() -> string

format.named(string) -> optional_type<kubernetes.NamedFormat>
kubernetes.NamedFormat.validate(string) -> optional_type<list<string>>
"""

FORMAT_NAMES = (
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "labelValue",
    "uri",
    "uuid",
    "byte",
    "date",
    "datetime",
)
"""What ``format.NAME()`` and ``format.named("NAME")`` know. Source: pkg/cel/library/format.go."""

_SIGNATURE = re.compile(r"(?:(?P<target>[\w.<>, ]+)\.)?(?P<name>\w+)\((?P<parameters>.*)\) -> (?P<result>.+)")
_NAMESPACES = ("ip", "strings", "format")


def signatures() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Yield name, target type (empty for a global function), parameter types and result type of every overload."""
    for line in filter(None, _SIGNATURES.splitlines()):
        found = _SIGNATURE.fullmatch(line)
        if found is None:
            raise AssertionError(line)
        target, name = found["target"] or "", found["name"]
        if target in _NAMESPACES:
            target, name = "", f"{target}.{name}"
        yield name, target, split_types(found["parameters"]), found["result"]
    for name in FORMAT_NAMES:
        yield f"format.{name}", "", (), FORMAT
    for kind in _ORDERED:
        yield "isSorted", f"list<{kind}>", (), "bool"
        yield "min", f"list<{kind}>", (), kind
        yield "max", f"list<{kind}>", (), kind
    for kind in (*_NUMERIC, "duration"):
        yield "sum", f"list<{kind}>", (), kind
    for operator in ("_<_", "_<=_", "_>_", "_>=_"):
        for left in _ORDERED:
            for right in _NUMERIC if left in _NUMERIC else (left,):
                yield operator, "", (left, right), "bool"


def configuration() -> str:
    """Return the native engine's environment, in its YAML form, without variables."""
    functions: dict[str, list[str]] = {}
    for name, target, parameters, result in signatures():
        identifier = re.sub(r"\W+", "_", f"{target}_{name}_{'_'.join(parameters)}")
        receiver = f"target: {_yaml(target)}, " if target else ""
        arguments = ", ".join(map(_yaml, parameters))
        functions.setdefault(name, []).append(
            f'{{id: "k8s_{identifier}", {receiver}args: [{arguments}], return: {_yaml(result)}}}'
        )
    return "\n".join(
        [
            "name: kubernetes",
            "stdlib:",
            "  exclude_functions:",
            *(f'  - name: "{name}"' for name in ("string", "_<_", "_<=_", "_>_", "_>=_")),
            "extensions:",
            *(f"- name: {name}" for name in ("optional", "lists", "sets", "two-var-comprehensions")),
            "variables:",
            *(f'- {{name: "{kind}", type: {_yaml(f"type<{kind}>")}}}' for kind in OPAQUE_TYPES),
            "functions:",
            *(f'- {{name: "{name}", overloads: [{", ".join(overloads)}]}}' for name, overloads in functions.items()),
        ]
    )


def _yaml(kind: str) -> str:
    """Return a type as the engine's YAML spells it: ``list<T>`` becomes a name with parameters."""
    name, bracket, inner = kind.partition("<")
    if bracket:
        return f'{{type_name: "{name}", params: [{", ".join(map(_yaml, split_types(inner.removesuffix(">"))))}]}}'
    if len(kind) == 1:
        return f"{{type_name: {kind}, is_type_param: true}}"
    return f'{{type_name: "{kind}"}}'


def split_types(text: str) -> tuple[str, ...]:
    """Split at the commas that stand outside angle brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "<") - (character == ">")
        if character == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    return tuple(part for part in (*parts, text[start:].strip()) if part)
