"""The Ingresses of nginx and ALB: they exist, lead to the right Service, and leave the canary's to the controller.

Source: argo-rollouts v1.9.2, pkg/apis/rollouts/validation/validation_references.go; utils/ingress/ingress.go;
rollout/trafficrouting/nginx and alb.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.lookup import INGRESS_GROUPS
from gitopsgen.validation.argo_rollouts.references import absent, ingress_references
from gitopsgen.validation.argo_rollouts.rollout import ROUTING, Rollout

_NGINX: Final = "nginx.ingress.kubernetes.io"
_BY_ANNOTATION: Final = "use-annotation"
_LONGEST_STICKINESS: Final = 604_800


def check_ingresses(rollout: Rollout) -> Iterator[Fault]:
    """Yield what is wrong with the Ingresses that a Rollout names."""
    for router in ("alb", "nginx"):
        if router not in rollout.routers:
            continue
        for name, path in ingress_references(rollout, router):
            ingress = rollout.find("Ingress", name, *INGRESS_GROUPS)
            if ingress is not None:
                yield from _check_backend(rollout, router, ingress, path)
                if router == "nginx":
                    yield from _check_stable(rollout, ingress, path)
                else:
                    yield from _check_annotations(rollout, ingress, path)
            elif not rollout.is_known("Ingress", name, *INGRESS_GROUPS):
                yield absent(rollout, "ingress", "Ingress", name, path, groups=INGRESS_GROUPS)
            if router == "nginx":
                yield from _check_canary(rollout, name, path)
    yield from _check_stickiness(rollout)


def _check_backend(rollout: Rollout, router: str, ingress: Manifest, path: Path) -> Iterator[Fault]:
    service = text_at(rollout.routing, "alb", "rootService") if router == "alb" else ""
    service = service or text_at(rollout.canary, "stableService")
    by_annotation = False
    for at, backend in _backends(ingress):
        if backend.get("resource") is not None and not isinstance(backend.get("service"), Mapping):
            yield rollout.fault(
                "ingress-resource-backend",
                (*at, "resource"),
                f"the controller stumbles over a backend without Service, and `{rollout.name}` never gets a status",
                f"write a service backend, or put it behind the path of `{service}`",
                at=ingress,
                related=((rollout.manifest, path),),
            )
            return
        is_filled = text_at(backend, "service", "port", "name") == _BY_ANNOTATION
        if service and service in (text_at(backend, "service", "name"), text_at(backend, "serviceName")):
            if router == "alb" and not is_filled and isinstance(backend.get("service"), Mapping):
                yield _not_by_annotation(rollout, ingress, (*at, "service", "port"), path)
            return
        by_annotation = by_annotation or is_filled
    # With ping-pong and no root Service, something else is wrong.
    if service:
        yield rollout.fault(
            "ingress-backend-by-annotation" if by_annotation and router == "nginx" else "ingress-without-service",
            path,
            f"no path of the Ingress `{ingress.name}` leads to the Service `{service}`",
            f"write `{service}` as the backend of a path",
            related=((ingress, ("spec", "rules")),),
        )


def _not_by_annotation(rollout: Rollout, ingress: Manifest, at: Path, path: Path) -> Fault:
    return rollout.fault(
        "alb-backend-without-annotation",
        at,
        "the weights are in an annotation, and only a port that is called `use-annotation` makes the load balancer "
        "read it",
        f"write `port: {{name: {_BY_ANNOTATION}}}`",
        at=ingress,
        related=((rollout.manifest, path),),
    )


def _backends(ingress: Manifest) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for rule, entry in enumerate(list_at(ingress.body, "spec", "rules")):
        for index, path in enumerate(list_at(entry, "http", "paths")):
            backend = dig(path, "backend")
            if isinstance(backend, Mapping):
                yield ("spec", "rules", rule, "http", "paths", index, "backend"), backend


def _check_stable(rollout: Rollout, ingress: Manifest, path: Path) -> Iterator[Fault]:
    prefix = text_at(rollout.routing, "nginx", "annotationPrefix") or _NGINX
    for key in map_at(ingress.body, "metadata", "annotations"):
        if str(key) == f"{prefix}/canary" or str(key).startswith(f"{prefix}/canary-"):
            yield rollout.fault(
                "stable-ingress-is-canary",
                ("metadata", "annotations", str(key)),
                f"the controller copies this Ingress, and the copy gets `{key}`: with it here nothing is stable",
                "delete the annotation",
                at=ingress,
                related=((rollout.manifest, path),),
            )
            return


def _check_canary(rollout: Rollout, name: str, path: Path) -> Iterator[Fault]:
    drawn = f"{rollout.name}-{name}-canary"
    for named in (drawn, f"{name}-canary"):
        ingress = rollout.find("Ingress", named, *INGRESS_GROUPS)
        if ingress is None:
            continue
        if named != drawn and not _is_canary(ingress):
            continue
        yield rollout.fault(
            "canary-ingress-in-git",
            ("metadata", "name"),
            f"the controller makes the canary's Ingress `{drawn}` itself"
            + (", and stops at one that is not its own" if named == drawn else ", and this one splits the traffic too"),
            "delete it",
            at=ingress,
            related=((rollout.manifest, path),),
        )


def _is_canary(ingress: Manifest) -> bool:
    return any(str(key).endswith("/canary") for key in map_at(ingress.body, "metadata", "annotations"))


def _check_annotations(rollout: Rollout, ingress: Manifest, path: Path) -> Iterator[Fault]:
    if list_at(rollout.routing, "managedRoutes") and not map_at(ingress.body, "metadata", "annotations"):
        yield rollout.fault(
            "alb-ingress-without-annotations",
            path,
            f"the controller fails at each pass to add its routes to the Ingress `{ingress.name}`, which has no "
            "annotations at all",
            "write any annotation, `alb.ingress.kubernetes.io/scheme` say",
            related=((ingress, ("metadata",)),),
        )


def _check_stickiness(rollout: Rollout) -> Iterator[Fault]:
    stickiness = map_at(rollout.routing, "alb", "stickinessConfig")
    seconds = parse_integer(stickiness.get("durationSeconds"))
    if stickiness.get("enabled") is True and seconds is not None and not 1 <= seconds <= _LONGEST_STICKINESS:
        yield rollout.fault(
            "stickiness-out-of-range",
            (*ROUTING, "alb", "stickinessConfig", "durationSeconds"),
            f"{seconds} s is not between 1 s and {_LONGEST_STICKINESS} s (a week)",
            "write 1 to 604800",
        )
