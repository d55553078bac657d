"""The routes that steps add for a header, or to mirror requests.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import ROUTING, Rollout

_KINDS: Final = ("exact", "regex", "prefix")
_HEADER_ROUTERS: Final = frozenset(("istio", "alb", "apisix", "plugins"))
_WHOLE: Final = 100


def check_header_route(rollout: Rollout, step: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with a ``setHeaderRoute``."""
    route = step.get("setHeaderRoute")
    if not isinstance(route, Mapping):
        return
    path = (*path, "setHeaderRoute")
    if not rollout.routers & _HEADER_ROUTERS:
        yield _unsupported(rollout, path, "header-route-unsupported", "Istio, ALB, Apisix or a plugin")
    for index, match in enumerate(list_at(route, "match")):
        yield from _check_header(rollout, map_at(match, "headerValue"), (*path, "match", index, "headerValue"))
    yield from _check_managed(rollout, route, path)


def check_mirror_route(rollout: Rollout, step: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong with a ``setMirrorRoute``."""
    route = step.get("setMirrorRoute")
    if not isinstance(route, Mapping):
        return
    path = (*path, "setMirrorRoute")
    routers = frozenset(("istio", "plugins")) if rollout.is_after_1_9 else frozenset(("istio",))
    if not rollout.routers & routers:
        names = "Istio or a plugin" if rollout.is_after_1_9 else "Istio"
        yield _unsupported(rollout, path, "mirror-route-unsupported", names)
    for index, match in enumerate(list_at(route, "match")):
        for key in ("method", "path"):
            value = map_at(match).get(key)
            if isinstance(value, Mapping) and (problem := _kinds_problem(value)):
                yield rollout.fault(
                    "mirror-match-kinds", (*path, "match", index, key), problem, "write one of exact, regex, prefix"
                )
        for name, value in map_at(match, "headers").items():
            if isinstance(value, Mapping) and (problem := _kinds_problem(value)):
                yield rollout.fault(
                    "mirror-header-ambiguous",
                    (*path, "match", index, "headers", name),
                    problem,
                    "write one of exact, regex, prefix",
                )
    percentage = parse_integer(route.get("percentage"))
    if percentage is not None and not 0 <= percentage <= _WHOLE:
        yield rollout.fault(
            "mirror-percentage-out-of-range",
            (*path, "percentage"),
            f"{percentage} percent of the requests are mirrored",
            "write 0 to 100",
        )
    yield from _check_managed(rollout, route, path)


def _unsupported(rollout: Rollout, path: Path, rule: str, routers: str) -> Fault:
    has = ", ".join(sorted(rollout.routers)) or "no router"
    return rollout.fault(rule, path, f"with {has} there are no such routes", f"use {routers}, or delete the step")


def _check_header(rollout: Rollout, value: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if "alb" in rollout.routers:
        if _given(value) != ["exact"]:
            yield rollout.fault(
                "alb-header-not-exact",
                path,
                f"ALB compares a header with `exact` alone, and this is {' and '.join(_given(value)) or 'nothing'}",
                "write `exact`",
            )
    elif problem := _kinds_problem(value):
        yield rollout.fault("header-match-kinds", path, problem, "write one of exact, regex, prefix")


def _kinds_problem(value: Mapping[str, Any]) -> str:
    given = _given(value)
    if len(given) == 1:
        return ""
    return f"the value is compared by {' and '.join(given)}" if given else "the value is compared with nothing"


def _given(value: Mapping[str, Any]) -> list[str]:
    return [kind for kind in _KINDS if value.get(kind) not in (None, "")]


def _check_managed(rollout: Rollout, route: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if rollout.routing is None:
        return
    name, managed = text_at(route, "name"), rollout.routing.get("managedRoutes")
    if managed is None:
        yield rollout.fault(
            "managed-routes-missing",
            (*ROUTING, "managedRoutes"),
            f"a step sets the route `{name}`, and no route is managed",
            f"add `managedRoutes: [{{name: {name}}}]`",
            related=((rollout.manifest, path),),
        )
        return
    known = [text_at(entry, "name") for entry in list_at(rollout.routing, "managedRoutes")]
    if name not in known:
        yield rollout.fault(
            "route-not-managed",
            (*path, "name"),
            f"the route `{name}` is not among the managedRoutes",
            did_you_mean(name, known) if known else f"add `{{name: {name}}}` to managedRoutes",
            related=((rollout.manifest, (*ROUTING, "managedRoutes")),),
        )
