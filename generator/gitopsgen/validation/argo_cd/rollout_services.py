"""Services whose selector a Rollout writes, in an Application that overwrites it at every sync.

With server-side apply the selector is one value, and with replace the object is: the pod hash that the controller put
there is lost, and the controller takes the Service for a new one.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.validation.argo_cd.ignore_differences import ignores
from gitopsgen.validation.argo_cd.spec import GROUP, ApplicationSpec
from gitopsgen.validation.argo_cd.sync_options import object_options

_OVERWRITES: Final = ("ServerSideApply=true", "Replace=true")
_MARKS: Final = ("rollouts-pod-template-hash", "rollouts-controller")
_WHOLE_SELECTORS: Final = ("/spec/selector", ".spec.selector", "/spec", ".spec")
_FIX: Final = (
    "take it out, or add to ignoreDifferences `{kind: Service, jsonPointers: "
    "[/spec/selector/rollouts-pod-template-hash]}` and the sync option `RespectIgnoreDifferences=true`"
)


def check_rollout_services(application: ApplicationSpec, deployed: tuple[Manifest, ...]) -> Iterator[Fault]:
    """Yield the sync options that take the pod hash off a Service which a Rollout switches."""
    services = {manifest.name: manifest for manifest in deployed if manifest.kind == "Service" and not manifest.group}
    for rollout in deployed:
        if rollout.kind != "Rollout" or rollout.group != GROUP:
            continue
        for rule, message, names in _managed(rollout):
            for name in names:
                service = services.get(name)
                if service is None or _is_protected(application, service):
                    continue
                yield from _faults(application, rollout, service, rule, message)
                break


def _managed(rollout: Manifest) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the rule, what happens, and the Services, for each strategy of a Rollout that switches Services."""
    blue_green = map_at(rollout.body, "spec", "strategy", "blueGreen")
    if blue_green:
        gated = blue_green.get("autoPromotionEnabled") is False
        rule = "blue-green-gate-bypassed" if gated else "managed-selector-overwritten"
        message = (
            "each sync takes the pod hash off the active Service, and the new version goes live without its gate"
            if gated
            else "each sync takes the pod hash off the Services, and the new version goes live at once"
        )
        yield rule, message, _texts(blue_green, "activeService", "previewService")
    canary = map_at(rollout.body, "spec", "strategy", "canary")
    if canary:
        message = "each sync takes the pod hash off the Services: stable and canary both select all pods"
        names = _texts(canary, "stableService", "canaryService")
        names += _texts(map_at(canary, "pingPong"), "pingService", "pongService")
        yield "managed-selector-overwritten", message, names


def _faults(
    application: ApplicationSpec, rollout: Manifest, service: Manifest, rule: str, message: str
) -> Iterator[Fault]:
    related = ((rollout, ("spec", "strategy")), (service, ("spec", "selector")))
    own = object_options(service)
    for option in _OVERWRITES:
        if option in own:
            yield Fault(
                rule=f"argo-cd/{rule}",
                manifest=service,
                path=("metadata", "annotations", "argocd.argoproj.io/sync-options"),
                message=f"with `{option}` {message}",
                fix=_FIX,
                related=related[:1],
            )
        elif option in application.options and option.replace("true", "false") not in own:
            yield application.fault(
                rule,
                application.option_path(option),
                f"with `{option}` {message} (Rollout `{rollout.name}`)",
                _FIX,
                related=related,
            )


def _is_protected(application: ApplicationSpec, service: Manifest) -> bool:
    """Tell whether a sync leaves the selector of ``service`` alone."""
    if not application.respects_ignored:
        return False
    if ignores(application, service, *_MARKS):
        return True
    return any(
        text in _WHOLE_SELECTORS
        for entry in application.ignored
        if text_at(entry, "kind") in ("Service", "*")
        for key in ("jsonPointers", "jqPathExpressions")
        for text in list_at(entry, key)
    )


def _texts(body: Mapping[str, object], *keys: str) -> list[str]:
    return [text for key in keys if isinstance(text := dig(body, key), str) and text]
