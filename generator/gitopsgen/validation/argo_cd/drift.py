"""Fields that a controller writes and git writes back: replicas, and the weights of routes."""

from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.ignore_differences import ignores
from gitopsgen.validation.argo_cd.spec import GROUP, ApplicationSpec

_REPLICAS: Final = ("/spec/replicas", "spec.replicas")
_SCALERS: Final = {("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")}
_RESPECT: Final = "RespectIgnoreDifferences=true"
_SCALES_DOWN: Final = ("onsuccess", "progressively")


def check_drift(application: ApplicationSpec | None, deployed: tuple[Manifest, ...]) -> Iterator[Fault]:
    """Yield the fields of an Application's objects that git and a controller would fight over.

    ``None`` stands for the Application of files that come without it, which may ignore the difference.
    """
    objects = {(manifest.kind, manifest.name): manifest for manifest in deployed}
    for manifest in deployed:
        if (manifest.group, manifest.kind) in _SCALERS:
            yield from _check_scaled(application, manifest, objects)
        elif manifest.kind == "Rollout" and manifest.group == GROUP:
            yield from _check_workload_reference(application, manifest, objects)
            if application is not None and application.heals_itself:
                yield from _check_weights(application, manifest, objects)


def _check_scaled(
    application: ApplicationSpec | None, scaler: Manifest, objects: Mapping[tuple[str, str], Manifest]
) -> Iterator[Fault]:
    target = map_at(scaler.body, "spec", "scaleTargetRef")
    kind = text_at(target, "kind") or "Deployment"
    workload = objects.get((kind, text_at(target, "name")))
    if workload is None or dig(workload.body, "spec", "replicas") is None:
        return
    what = f"{scaler.kind} `{scaler.name}`"
    if application is None or not ignores(application, workload, *_REPLICAS):
        yield Fault(
            rule="argo-cd/replicas-fight-autoscaler",
            manifest=workload,
            path=("spec", "replicas"),
            message=f"git sets the replicas that the {what} sets too, and each undoes the other",
            fix="delete `replicas`",
            severity=Severity.WARNING if application is None else None,
            related=((scaler, ("spec", "scaleTargetRef")),),
        )
    elif not application.respects_ignored:
        yield _without_respect(application, workload, f"the replicas that the {what} has set")


def _check_workload_reference(
    application: ApplicationSpec | None, rollout: Manifest, objects: Mapping[tuple[str, str], Manifest]
) -> Iterator[Fault]:
    reference = map_at(rollout.body, "spec", "workloadRef")
    workload = objects.get((text_at(reference, "kind"), text_at(reference, "name")))
    if workload is None or reference.get("scaleDown") not in _SCALES_DOWN:
        return
    replicas = dig(workload.body, "spec", "replicas")
    if not isinstance(replicas, int) or replicas == 0:
        return
    if application is None or not ignores(application, workload, *_REPLICAS):
        yield Fault(
            rule="argo-cd/replicas-fight-workload-reference",
            manifest=workload,
            path=("spec", "replicas"),
            message=f"git sets {replicas} replicas where the Rollout `{rollout.name}` scales down to 0",
            fix="write `replicas: 0`, or delete it",
            severity=Severity.WARNING if application is None else None,
            related=((rollout, ("spec", "workloadRef")),),
        )
    elif not application.respects_ignored:
        yield _without_respect(application, workload, "the replicas that the Rollouts controller has set to 0")


def _without_respect(application: ApplicationSpec, workload: Manifest, what: str) -> Fault:
    return application.fault(
        "ignore-differences-without-respect",
        application.path("ignoreDifferences"),
        f"each sync resets {what}: ignoring a difference hides it, and does not keep the value",
        f"add the sync option `{_RESPECT}`",
        related=((workload, ("spec", "replicas")),),
    )


def _check_weights(
    application: ApplicationSpec, rollout: Manifest, objects: Mapping[tuple[str, str], Manifest]
) -> Iterator[Fault]:
    for kind, name, path, marks, entry in _routes(rollout):
        route = objects.get((kind, name))
        if route is not None and not ignores(application, route, *marks):
            yield application.fault(
                "weights-fight-self-heal",
                application.path("syncPolicy", "automated", "selfHeal"),
                f"self-heal writes the weights of git back into the {kind} `{name}` during a canary",
                f"add to ignoreDifferences `{entry}`, without `{_RESPECT}`",
                severity=Severity.WARNING,
                related=((rollout, path), (route, ("spec",))),
            )


def _routes(rollout: Manifest) -> Iterator[tuple[str, str, Path, tuple[str, ...], str]]:
    """Yield the routes whose weights a Rollout writes: kind, name, where it says so, what ignores them, and how."""
    base: Path = ("spec", "strategy", "canary", "trafficRouting")
    routing = map_at(rollout.body, *base)
    virtual_service = (
        "{group: networking.istio.io, kind: VirtualService, jqPathExpressions: ['.spec.http[].route[].weight']}"
    )
    names = [text_at(routing, "istio", "virtualService", "name")]
    names += [text_at(entry, "name") for entry in list_at(routing, "istio", "virtualServices")]
    for name in names:
        if name:
            marks = ("weight", "/spec/http", ".spec.http")
            yield "VirtualService", name.rpartition("/")[2], (*base, "istio"), marks, virtual_service
    plugin: Path = ("plugins", "argoproj-labs/gatewayAPI")
    http_route = (
        "{group: gateway.networking.k8s.io, kind: HTTPRoute, jqPathExpressions: ['.spec.rules[].backendRefs[].weight']}"
    )
    names = [text_at(routing, *plugin, "httpRoute")]
    names += [text_at(entry, "name") for entry in list_at(routing, *plugin, "httpRoutes")]
    for name in names:
        if name:
            marks = ("weight", "/spec/rules", ".spec.rules")
            yield "HTTPRoute", name, (*base, *plugin), marks, http_route
