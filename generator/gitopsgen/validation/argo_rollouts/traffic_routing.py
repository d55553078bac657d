"""The router of a canary: what it needs, and what it is not able to do.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation.go and validation_references.go.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import list_at, map_at, text_at
from gitopsgen.rollouts.strategy import ROUTERS
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import CANARY, ROUTING, Rollout

GATEWAY_API: Final = "argoproj-labs/gatewayAPI"
_SERVICES: Final = ("stableService", "canaryService")
_PING_PONG_ROUTERS: Final = frozenset(("alb", "istio"))
_WEIGHT_ROUTERS: Final = frozenset(("nginx", "plugins"))


def check_traffic_routing(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with ``trafficRouting`` by itself, and with ``pingPong``."""
    yield from _check_ping_pong(rollout)
    if rollout.routing is None:
        return
    if not rollout.routers:
        yield rollout.fault(
            "traffic-routing-without-router",
            ROUTING,
            "no router is named: the pods are counted as if there was one, and no weight is ever sent",
            f"name one of {', '.join(ROUTERS)}, plugins, or delete `trafficRouting`",
        )
    yield from _check_services(rollout)
    yield from _check_max_weight(rollout)
    yield from _check_one_of(rollout, "nginx", "stableIngress", "stableIngresses")
    yield from _check_one_of(rollout, "alb", "ingress", "ingresses")
    yield from _check_one_of(rollout, "istio", "virtualService", "virtualServices")


def _check_services(rollout: Rollout) -> Iterator[Fault]:
    routing, ping_pong = rollout.routing or {}, rollout.canary.get("pingPong") is not None
    needing = rollout.routers - {"plugins"} - (_PING_PONG_ROUTERS if ping_pong else frozenset())
    if map_at(routing, "istio").get("destinationRule") is not None:
        needing -= {"istio"}
    gateway = GATEWAY_API in map_at(routing, "plugins") and not ping_pong
    if not needing and not gateway:
        return
    router = min(needing) if needing else "plugins"
    for key in _SERVICES:
        if not text_at(rollout.canary, key):
            yield rollout.fault(
                "router-without-services" if needing else "gateway-without-services",
                (*CANARY, key),
                f"the router {router if needing else GATEWAY_API} needs a {key}",
                f"name the {key}",
                related=((rollout.manifest, (*ROUTING, router)),),
            )


def _check_ping_pong(rollout: Rollout) -> Iterator[Fault]:
    body = rollout.canary.get("pingPong")
    if body is None:
        return
    path: Path = (*CANARY, "pingPong")
    supported = {*_PING_PONG_ROUTERS, *(("plugins",) if rollout.is_after_1_9 else ())}
    if rollout.routing is None:
        yield rollout.fault(
            "ping-pong-without-traffic-routing",
            path,
            "without a router nothing is sent to the two Services",
            "write `trafficRouting`, or delete `pingPong`",
        )
    elif not rollout.routers & supported:
        yield rollout.fault(
            "ping-pong-unsupported",
            path,
            f"the router {', '.join(sorted(rollout.routers)) or 'that is not there'} has no ping-pong",
            "use ALB or Istio, or write stableService and canaryService instead",
            related=((rollout.manifest, ROUTING),),
        )
    ping, pong = text_at(body, "pingService"), text_at(body, "pongService")
    for key, name in (("pingService", ping), ("pongService", pong)):
        if not name:
            yield rollout.fault("ping-pong-incomplete", (*path, key), f"there is no {key}", f"name the {key}")
    if ping and ping == pong:
        yield rollout.fault(
            "same-ping-and-pong-service",
            (*path, "pongService"),
            f"`{ping}` is the ping and the pong Service",
            "name two different Services",
        )
    alb = map_at(rollout.routing, "alb")
    if "alb" in rollout.routers and not text_at(alb, "rootService"):
        yield rollout.fault(
            "ping-pong-without-root-service",
            (*ROUTING, "alb", "rootService"),
            "the Ingress needs a Service that is neither ping nor pong",
            "name a `rootService`",
        )


def _check_max_weight(rollout: Rollout) -> Iterator[Fault]:
    weight = (rollout.routing or {}).get("maxTrafficWeight")
    if weight is not None and not rollout.routers & _WEIGHT_ROUTERS:
        yield rollout.fault(
            "max-weight-unsupported",
            (*ROUTING, "maxTrafficWeight"),
            f"the router {', '.join(sorted(rollout.routers)) or 'that is not there'} counts to 100",
            "delete it, or use nginx or a plugin",
        )


def _check_one_of(rollout: Rollout, router: str, one: str, several: str) -> Iterator[Fault]:
    if router not in rollout.routers:
        return
    body = map_at(rollout.routing, router)
    given = [key for key in (one, several) if (list_at(body, key) if key == several else body.get(key))]
    if len(given) == 1:
        return
    rule = "virtual-service-fields" if router == "istio" else "ingress-fields"
    message = f"{one} and {several} are both given" if given else f"there is neither {one} nor {several}"
    yield rollout.fault(
        rule, (*ROUTING, router, several if given else one), message, f"write one of `{one}`, `{several}`"
    )
