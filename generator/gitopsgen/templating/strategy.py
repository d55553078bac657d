"""A strategy in Argo Rollouts' own words, out of one with our short forms.

Short forms: ``pause: manual``, ``analysis: [NAME…]`` wherever Argo has templates, ``trafficRouting: nginx``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.source.location import Path
from gitopsgen.templating.names import BACKGROUND
from gitopsgen.templating.traced import in_place_of, like

ROUTERS: Final = ("nginx", "istio", "gatewayAPI", "alb")
GATEWAY_PLUGIN: Final = "argoproj-labs/gatewayAPI"
_KNOWN_ARGUMENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "canary-hash": {"podTemplateHashValue": "Latest"},
    "stable-hash": {"podTemplateHashValue": "Stable"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One analysis that a strategy names in short form: where, and whether it runs beside the steps."""

    name: str
    path: Path
    background: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a strategy is linked to: the release's names, and the arguments that each AnalysisTemplate wants.

    ``because`` returns the value that it is given; the others are what decided that it is this one.
    """

    names: Mapping[str, Any]
    namespace: str
    main_port: int
    ingress: object
    arguments: Callable[[str, bool], list[str]]
    because: Callable[..., Any]


def analyses_of(strategy: Mapping[str, Any]) -> Iterator[Use]:
    """Yield every analysis that ``strategy`` names in short form, in order."""
    for path, block, background in _blocks(strategy):
        templates, inner = (block, ()) if isinstance(block, list) else (block.get("templates"), ("templates",))
        for index, entry in enumerate(templates if isinstance(templates, list) else ()):
            if isinstance(entry, str):
                yield Use(name=entry, path=(*path, *inner, index), background=background)


def _blocks(strategy: Mapping[str, Any]) -> Iterator[tuple[Path, Any, bool]]:
    canary, blue_green = strategy.get("canary"), strategy.get("blueGreen")
    if isinstance(canary, Mapping):
        if isinstance(canary.get("analysis"), Mapping | list):
            yield ("canary", "analysis"), canary["analysis"], True
        steps = canary.get("steps")
        for index, step in enumerate(steps if isinstance(steps, list) else ()):
            if isinstance(step, Mapping) and isinstance(step.get("analysis"), Mapping | list):
                yield ("canary", "steps", index, "analysis"), step["analysis"], False
    if isinstance(blue_green, Mapping):
        for key in ("prePromotionAnalysis", "postPromotionAnalysis"):
            if isinstance(blue_green.get(key), Mapping | list):
                yield ("blueGreen", key), blue_green[key], False


def expand(strategy: Mapping[str, Any], wiring: Wiring) -> dict[str, Any]:
    """Return ``strategy`` with its short forms written out and its Services and router filled in."""
    result = like(dict(strategy), strategy)
    canary, blue_green = strategy.get("canary"), strategy.get("blueGreen")
    if isinstance(canary, Mapping):
        result["canary"] = _canary(canary, wiring)
    if isinstance(blue_green, Mapping):
        result["blueGreen"] = _blue_green(blue_green, wiring)
    return result


def _canary(canary: Mapping[str, Any], wiring: Wiring) -> dict[str, Any]:
    routing = canary.get("trafficRouting")
    if routing == "auto":
        routing = wiring.because("nginx" if wiring.ingress else None, routing, wiring.ingress)
    written = {key: value for key, value in canary.items() if key != "trafficRouting"}
    services: dict[str, Any] = {}
    if routing:
        services = {"stableService": wiring.names["stable_service"], "canaryService": wiring.names["canary_service"]}
        services = wiring.because(services, routing)
        written["trafficRouting"] = (
            wiring.because(_router(routing, wiring), routing) if isinstance(routing, str) else routing
        )
    for key in ("stableService", "canaryService", "trafficRouting", "analysis", "steps"):
        if key in written:
            services[key] = written.pop(key)
    if isinstance(services.get("analysis"), Mapping | list):
        services["analysis"] = _analysis(services["analysis"], wiring, background=True)
    if isinstance(services.get("steps"), list):
        services["steps"] = [_step(step, wiring) for step in services["steps"]]
    return like({**written, **services}, canary, routing)


def _blue_green(blue_green: Mapping[str, Any], wiring: Wiring) -> dict[str, Any]:
    services = {"activeService": wiring.names["stable_service"], "previewService": wiring.names["preview_service"]}
    result = {**wiring.because(services, blue_green), **blue_green}
    for key in ("prePromotionAnalysis", "postPromotionAnalysis"):
        if isinstance(result.get(key), Mapping | list):
            result[key] = _analysis(result[key], wiring, background=False)
    return result


def _step(step: object, wiring: Wiring) -> object:
    if not isinstance(step, Mapping):
        return step
    result = dict(step)
    if result.get("pause") == "manual":
        result["pause"] = in_place_of({}, result["pause"])
    if isinstance(result.get("analysis"), Mapping | list):
        result["analysis"] = _analysis(result["analysis"], wiring, background=False)
    return result


def _analysis(block: Mapping[str, Any] | list[Any], wiring: Wiring, *, background: bool) -> dict[str, Any]:
    written: Mapping[str, Any] = {"templates": block} if isinstance(block, list) else block
    templates = written.get("templates")
    if not isinstance(templates, list):
        return dict(written)
    wanted: dict[str, list[str]] = {}
    linked: list[Any] = []
    named: list[str] = []
    for entry in templates:
        if isinstance(entry, str) and entry in wiring.names["analysis"]:
            name = wiring.names["analysis"][entry] + (BACKGROUND if background else "")
            linked.append(wiring.because({"templateName": name}, entry))
            named.append(entry)
            for argument in wiring.arguments(entry, background):
                wanted.setdefault(argument, list(named))
        else:
            linked.append(entry)
    given = written.get("args") if isinstance(written.get("args"), list) else []
    names = {argument.get("name") for argument in given or [] if isinstance(argument, Mapping)}
    # An argument is there for the first that wants it; where it stands, all before it decide, given ones too.
    arguments = [
        wiring.because({"name": name, "valueFrom": dict(_KNOWN_ARGUMENTS[name])}, *entries, written, given)
        for name, entries in wanted.items()
        if name in _KNOWN_ARGUMENTS and name not in names
    ]
    result = {**written, "templates": linked}
    if arguments or given:
        result["args"] = [*(given or []), *arguments]
    return result


def _router(name: str, wiring: Wiring) -> dict[str, Any]:
    match name:
        case "nginx":
            return {"nginx": {"stableIngress": wiring.names["ingress"]}}
        case "istio":
            return {"istio": {"virtualService": {"name": wiring.names["virtual_service"], "routes": ["primary"]}}}
        case "gatewayAPI":
            route = {"httpRoute": wiring.names["http_route"], "namespace": wiring.namespace}
            return {"plugins": {GATEWAY_PLUGIN: route}}
        case "alb":
            return {"alb": {"ingress": wiring.names["ingress"], "servicePort": 80}}
        case _:
            return {name: {}}


def router_of(strategy: Mapping[str, Any]) -> str | None:
    """Return the name of the router that a finished strategy uses; ``None`` when it has none."""
    canary = strategy.get("canary")
    routing = canary.get("trafficRouting") if isinstance(canary, Mapping) else None
    if not isinstance(routing, Mapping):
        return None
    plugins = routing.get("plugins")
    if isinstance(plugins, Mapping) and GATEWAY_PLUGIN in plugins:
        return "gatewayAPI"
    return next((str(key) for key in routing if key not in ("managedRoutes", "maxTrafficWeight", "plugins")), None)
