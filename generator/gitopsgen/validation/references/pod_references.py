"""What a pod spec needs: ConfigMaps and Secrets with their keys, a ServiceAccount, claims."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.references.index import Index, Object, missing
from gitopsgen.validation.references.pods import Pods
from gitopsgen.validation.references.secrets import Stock

# Kubernetes and Istio put these into every namespace.
_EVERYWHERE: Final = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ConfigMap", "istio-ca-root-cert")})
_CERTIFICATE_ANNOTATIONS: Final = ("cert-manager.io/", "certmanager.k8s.io/", "kubernetes.io/tls-acme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One place that names a ConfigMap or a Secret; ``key`` is empty when all keys are taken."""

    kind: str
    name: str
    path: Path
    key: str = ""
    key_path: Path = ()


def check_pod_references(index: Index, stock: Stock) -> Iterator[Fault]:
    """Yield what pods of the set need and nobody provides."""
    for found, pods in (*index.workloads, *index.other_pods):
        for use in _uses(pods):
            yield from _check_use(index, stock, found, use)
        yield from _check_account(index, found, pods)
        yield from _check_claims(index, found, pods)
    for found in index.of_kind("Ingress"):
        yield from _check_certificates(index, stock, found)


def _check_use(index: Index, stock: Stock, found: Object, use: Use) -> Iterator[Fault]:
    provided = stock.find(use.kind, use.name, found.namespace)
    secret = use.kind == "Secret"
    if provided is None:
        if (use.kind, use.name) in _EVERYWHERE or index.resources.has_external(use.kind, use.name):
            return
        yield missing(
            "secret-not-in-set" if secret else "config-map-not-in-set",
            found.manifest,
            use.path,
            f"there is no {use.kind} `{use.name}` in the set: without it the pod does not start",
            f"correct the name, or declare `{use.kind}/{use.name}` as an external",
            ours=Severity.WARNING,  # either may be brought by other means
        )
    elif use.key and provided.keys is not None and use.key not in provided.keys:
        known = ", ".join(sorted(provided.keys)) or "none"
        yield Fault(
            rule="reference/secret-key-missing" if secret else "reference/config-map-key-missing",
            manifest=found.manifest,
            path=use.key_path,
            message=f"the {use.kind} `{use.name}` has no key `{use.key}` (it has {known})",
            fix="write one of its keys",
            related=((provided.manifest, ("data",)),),
        )


def _uses(pods: Pods) -> Iterator[Use]:
    for key in ("containers", "initContainers"):
        for position, container in enumerate(list_at(pods.spec, key)):
            path = (*pods.spec_path, key, position)
            for place, entry in enumerate(list_at(container, "env")):
                source = (*path, "env", place, "valueFrom")
                yield from _keyed(dig(entry, "valueFrom", "configMapKeyRef"), "ConfigMap", (*source, "configMapKeyRef"))
                yield from _keyed(dig(entry, "valueFrom", "secretKeyRef"), "Secret", (*source, "secretKeyRef"))
            for place, entry in enumerate(list_at(container, "envFrom")):
                source = (*path, "envFrom", place)
                yield from _whole(dig(entry, "configMapRef"), "ConfigMap", (*source, "configMapRef"), "name")
                yield from _whole(dig(entry, "secretRef"), "Secret", (*source, "secretRef"), "name")
    for position, volume in enumerate(list_at(pods.spec, "volumes")):
        path = (*pods.spec_path, "volumes", position)
        yield from _volume(dig(volume, "configMap"), "ConfigMap", (*path, "configMap"), "name")
        yield from _volume(dig(volume, "secret"), "Secret", (*path, "secret"), "secretName")
        for place, source in enumerate(list_at(volume, "projected", "sources")):
            at = (*path, "projected", "sources", place)
            yield from _volume(dig(source, "configMap"), "ConfigMap", (*at, "configMap"), "name")
            yield from _volume(dig(source, "secret"), "Secret", (*at, "secret"), "name")
    for position, entry in enumerate(list_at(pods.spec, "imagePullSecrets")):
        yield from _whole(entry, "Secret", (*pods.spec_path, "imagePullSecrets", position), "name")


def _whole(body: object, kind: str, path: Path, name: str) -> Iterator[Use]:
    if text_at(body, name) and dig(body, "optional") is not True:
        yield Use(kind=kind, name=text_at(body, name), path=(*path, name))


def _keyed(body: object, kind: str, path: Path) -> Iterator[Use]:
    if text_at(body, "name") and dig(body, "optional") is not True:
        key = text_at(body, "key")
        yield Use(kind=kind, name=text_at(body, "name"), path=(*path, "name"), key=key, key_path=(*path, "key"))


def _volume(body: object, kind: str, path: Path, name: str) -> Iterator[Use]:
    yield from _whole(body, kind, path, name)
    if text_at(body, name) and dig(body, "optional") is not True:
        for place, item in enumerate(list_at(body, "items")):
            at = (*path, "items", place, "key")
            if key := text_at(item, "key"):
                yield Use(kind=kind, name=text_at(body, name), path=at, key=key, key_path=at)


def _check_account(index: Index, found: Object, pods: Pods) -> Iterator[Fault]:
    name = text_at(pods.spec, "serviceAccountName")
    if name and name != "default" and not index.is_there("ServiceAccount", name, found.namespace):
        yield missing(
            "service-account-not-in-set",
            found.manifest,
            (*pods.spec_path, "serviceAccountName"),
            f"there is no ServiceAccount `{name}` in the set: without it no pod is made",
            f"add it, or declare `ServiceAccount/{name}` as an external",
        )


def _check_claims(index: Index, found: Object, pods: Pods) -> Iterator[Fault]:
    for position, volume in enumerate(list_at(pods.spec, "volumes")):
        name = text_at(volume, "persistentVolumeClaim", "claimName")
        if name and not index.is_there("PersistentVolumeClaim", name, found.namespace) and not _is_made(found, name):
            yield missing(
                "volume-claim-not-in-set",
                found.manifest,
                (*pods.spec_path, "volumes", position, "persistentVolumeClaim", "claimName"),
                f"there is no PersistentVolumeClaim `{name}` in the set: without it no pod is scheduled",
                f"add it, or declare `PersistentVolumeClaim/{name}` as an external",
                ours=Severity.WARNING,
            )


def _is_made(found: Object, name: str) -> bool:
    """Tell whether a StatefulSet makes the claim itself."""
    return any(
        text_at(entry, "metadata", "name") == name
        for entry in list_at(found.manifest.body, "spec", "volumeClaimTemplates")
    )


def _check_certificates(index: Index, stock: Stock, found: Object) -> Iterator[Fault]:
    if _has_issuer(found.manifest):
        return
    for position, entry in enumerate(list_at(found.manifest.body, "spec", "tls")):
        name = text_at(entry, "secretName")
        if name:
            use = Use(kind="Secret", name=name, path=("spec", "tls", position, "secretName"))
            for fault in _check_use(index, stock, found, use):
                default = missing(
                    "secret-not-in-set",
                    fault.manifest,
                    fault.path,
                    f"there is no Secret `{name}` in the set: without it the default certificate is shown",
                    fault.fix,
                    ours=Severity.WARNING,
                )
                yield replace(default, key=("ingress", "tls"))


def _has_issuer(manifest: Manifest) -> bool:
    annotations = map_at(manifest.body, "metadata", "annotations")
    return any(isinstance(key, str) and key.startswith(_CERTIFICATE_ANNOTATIONS) for key in annotations)
