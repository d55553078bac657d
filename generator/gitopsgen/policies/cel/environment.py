"""The native engine, set up as Kubernetes' CEL: one environment that checks types, one that runs.

The native engine cannot hold opaque types (a quantity, an IP address) at run time, but checks their types well. So an
expression is compiled against declarations with exact types, and its checked form is run where the same functions
take and give anything, with a tagged map in the opaque value's place.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from gitopsgen.policies.cel import library_collections as collections
from gitopsgen.policies.cel import library_formats as formats
from gitopsgen.policies.cel import library_network as network
from gitopsgen.policies.cel import library_values as values
from gitopsgen.policies.cel.declarations import FORMAT, FORMAT_NAMES, configuration, signatures, split_types
from gitopsgen.policies.cel.tags import content_of, is_tagged, tag

_RUN_CONFIGURATION = """
name: kubernetes-run
extensions:
- {name: optional}
- {name: lists}
- {name: sets}
- {name: strings}
"""


@lru_cache(maxsize=256)
def checking_environment(variables: tuple[tuple[str, str], ...]) -> Any:  # noqa: ANN401 - the native library is untyped
    """Return the environment that compiles expressions over ``variables``, given as name and type."""
    from cel_expr_python import cel  # noqa: PLC0415 - loaded when there is an expression

    return cel.NewEnv(config=_declared(), variables={name: _native_type(cel, kind) for name, kind in variables})


@cache
def _declared() -> Any:  # noqa: ANN401 - the native library is untyped
    from cel_expr_python import cel  # noqa: PLC0415 - loaded when there is an expression

    return cel.NewEnvConfigFromYaml(configuration())


def _native_type(cel: Any, kind: str) -> Any:  # noqa: ANN401 - the native library is untyped
    """Return the native type that ``list<string>``, ``net.IP`` or the like names."""
    name, bracket, inner = kind.partition("<")
    parameters = [_native_type(cel, part) for part in split_types(inner.removesuffix(">"))] if bracket else []
    match name, parameters:
        case "list", [element]:
            return cel.Type.List(element)
        case "map", [key, value]:
            return cel.Type.Map(key, value)
        case (("bool" | "int" | "uint" | "double" | "string" | "bytes" | "duration" | "timestamp" | "dyn"), []):
            return getattr(cel.Type, name.upper())
        case "null_type", []:
            return cel.Type.NULL
        case _:
            return cel.Type.AbstractType(name, parameters)


@cache
def running_environment() -> Any:  # noqa: ANN401 - the native library is untyped
    """Return the environment that evaluates checked expressions."""
    from cel_expr_python import cel  # noqa: PLC0415 - loaded when there is an expression

    return cel.NewEnv(
        config=cel.NewEnvConfigFromYaml(_RUN_CONFIGURATION),
        extensions=[cel.CelExtension("kubernetes", list(_declarations(cel)))],
    )


def type_of(value: object) -> object:
    """Return the name of an opaque value's type; the value itself otherwise."""
    if isinstance(value, dict) and len(value) == 1:
        (key,) = value
        if isinstance(key, str) and key.startswith("@"):
            return key[1:]
    return value


def text_of(value: object) -> str:
    """``string()`` of an IP address or a CIDR block."""
    for kind in ("net.IP", "net.CIDR"):
        if is_tagged(kind, value):
            return content_of(kind, value)
    raise TypeError("no such overload: string")


def unanswerable(*_: object) -> object:
    """Stand for a question to the cluster's authorizer: nobody can answer it here."""
    raise LookupError("there is no authorizer here")


_MEMBERS: dict[str, dict[int, Callable[..., Any]]] = {
    "find": {1: collections.find},
    "findAll": {1: collections.find_all, 2: collections.find_all},
    "isSorted": {0: collections.is_sorted},
    "sum": {0: collections.total},
    "min": {0: collections.smallest},
    "max": {0: collections.largest},
    "sign": {0: values.sign},
    "isInteger": {0: values.is_integer},
    "asInteger": {0: values.as_integer},
    "asApproximateFloat": {0: values.as_approximate_float},
    "add": {1: values.add},
    "sub": {1: values.sub},
    "isLessThan": {1: values.is_less_than},
    "isGreaterThan": {1: values.is_greater_than},
    "compareTo": {1: values.compare_to},
    "major": {0: values.major},
    "minor": {0: values.minor},
    "patch": {0: values.patch},
    "getScheme": {0: network.get_scheme},
    "getHost": {0: network.get_host},
    "getHostname": {0: network.get_hostname},
    "getPort": {0: network.get_port},
    "getEscapedPath": {0: network.get_escaped_path},
    "getQuery": {0: network.get_query},
    "family": {0: network.family},
    "isUnspecified": {0: network.is_unspecified},
    "isLoopback": {0: network.is_loopback},
    "isLinkLocalMulticast": {0: network.is_link_local_multicast},
    "isLinkLocalUnicast": {0: network.is_link_local_unicast},
    "isGlobalUnicast": {0: network.is_global_unicast},
    "containsIP": {1: network.contains_ip},
    "containsCIDR": {1: network.contains_cidr},
    "ip": {0: network.ip},
    "masked": {0: network.masked},
    "prefixLength": {0: network.prefix_length},
}

_GLOBALS: dict[str, dict[int, Callable[..., Any]]] = {
    "quantity": {1: values.quantity},
    "isQuantity": {1: values.is_quantity},
    "semver": {1: values.semver, 2: values.semver},
    "isSemver": {1: values.is_semver, 2: values.is_semver},
    "url": {1: network.url},
    "isURL": {1: network.is_url},
    "ip": {1: network.ip},
    "isIP": {1: network.is_ip},
    "ip.isCanonical": {1: network.is_canonical},
    "cidr": {1: network.cidr},
    "isCIDR": {1: network.is_cidr},
    "@range": {1: collections.counted},
    "@named": {1: formats.named},
    "@validate": {2: formats.validate},
    "@type": {1: type_of},
    "@string": {1: text_of},
    "cel.@mapInsert": {3: collections.insert, 2: collections.insert_all},
}


def _declarations(cel: Any) -> Iterator[Any]:  # noqa: ANN401 - the native library is untyped
    """Yield the functions that run in Python."""
    anything = cel.Type.DYN

    def overloads(name: str, by_count: dict[int, Callable[..., Any]], *, member: bool) -> list[Any]:
        return [
            cel.Overload(
                id=f"{'member' if member else 'global'}_{name}_{count}",
                return_type=anything,
                parameters=[anything] * (count + member),
                is_member=member,
                impl=impl,
            )
            for count, impl in by_count.items()
        ]

    for name in {**_MEMBERS, **_GLOBALS}:
        yield cel.FunctionDecl(
            name,
            overloads(name, _MEMBERS.get(name, {}), member=True)
            + overloads(name, _GLOBALS.get(name, {}), member=False),
        )
    for name in FORMAT_NAMES:
        yield cel.FunctionDecl(
            f"format.{name}", overloads(name, {0: lambda name=name: tag(FORMAT, name)}, member=False)
        )
    for name, impl in (("indexOf", collections.index_of), ("lastIndexOf", collections.last_index_of)):
        # beside the string functions of the same names, so the list's type tells them apart
        yield cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    id=f"list_{name}",
                    return_type=cel.Type.INT,
                    parameters=[cel.Type.LIST, anything],
                    is_member=True,
                    impl=impl,
                )
            ],
        )
    questions = {
        (name, len(parameters))
        for name, target, parameters, _ in signatures()
        if target.startswith("kubernetes.authorization.")
    }
    for name, parameter_count in sorted(questions):
        yield cel.FunctionDecl(name, overloads(name, {parameter_count: unanswerable}, member=True))
    # what it gives comes with the activation (see sharing.py)
    bound = cel.Overload(id="bound", return_type=anything, parameters=[cel.Type.STRING], is_member=False)
    yield cel.FunctionDecl("@bound", [bound])
    duration = cel.Overload(
        id="sum_durations",
        return_type=cel.Type.DURATION,
        parameters=[anything],
        is_member=False,
        impl=collections.total_duration,
    )
    yield cel.FunctionDecl("@sumDurations", [duration])
