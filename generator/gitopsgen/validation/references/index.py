"""A set of manifests, ready to be asked: who has this name, who has these labels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet, dig, map_at, text_at
from gitopsgen.model.versions import Versions, version_key
from gitopsgen.source.location import Path
from gitopsgen.validation.references.pods import SIDECARS_SINCE, Pods, other_pods, pods_of
from gitopsgen.validation.references.selectors import LabelIndex

ROLLOUTS: Final = "argoproj.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """A manifest with its identity, read once."""

    manifest: Manifest
    group: str
    kind: str
    namespace: str
    name: str


class Index:
    """The objects of a set by kind and name, their pods and Services by label."""

    def __init__(self, resources: ManifestSet, versions: Versions) -> None:
        self.resources = resources
        self._sidecars = version_key(versions.kubernetes) >= SIDECARS_SINCE
        self.objects = tuple(_objects(resources))
        self._by_name: defaultdict[tuple[str, str], dict[str, Manifest]] = defaultdict(dict)
        for found in self.objects:
            self._by_name[found.kind, found.name].setdefault(found.namespace, found.manifest)

    def find(self, kind: str, name: str, namespace: str) -> Manifest | None:
        """Return the object of that kind and name; where one side has no namespace, it is taken to be the other's."""
        by_namespace = self._by_name.get((kind, name))
        if not by_namespace:
            return None
        if not namespace:
            return next(iter(by_namespace.values()))
        return by_namespace.get(namespace) or by_namespace.get("")

    def is_there(self, kind: str, name: str, namespace: str) -> bool:
        """Tell whether the object is in the set, or said to be in the cluster."""
        return self.find(kind, name, namespace) is not None or self.resources.has_external(kind, name)

    def of_kind(self, kind: str) -> Iterator[Object]:
        """Yield the objects of one kind, whatever their group."""
        return iter(self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Object]]:
        index: defaultdict[str, list[Object]] = defaultdict(list)
        for found in self.objects:
            index[found.kind].append(found)
        return index

    @cached_property
    def workloads(self) -> tuple[tuple[Object, Pods], ...]:
        """The pods that Services may be for, each with its object."""
        return tuple(
            (found, pods)
            for found in self.objects
            if (pods := pods_of(found.manifest, found.group, found.kind, sidecars=self._sidecars)) is not None
        )

    @cached_property
    def other_pods(self) -> tuple[tuple[Object, Pods], ...]:
        """The pods of analysis jobs and Experiments."""
        return tuple(
            (found, pods)
            for found in self.objects
            if found.group == ROLLOUTS
            for pods in other_pods(found.manifest, found.group, found.kind)
        )

    @cached_property
    def pods(self) -> LabelIndex[Pods]:
        """The workloads' pods by label."""
        return LabelIndex((pods.labels, found.namespace, pods) for found, pods in self.workloads)

    @cached_property
    def services(self) -> LabelIndex[Manifest]:
        """The Services by their own labels."""
        return LabelIndex(
            (map_at(found.manifest.body, "metadata", "labels"), found.namespace, found.manifest)
            for found in self.of_kind("Service")
            if not found.group
        )

    @cached_property
    def destination_rules(self) -> Mapping[str, list[Manifest]]:
        """Istio's DestinationRules by the first part of their host."""
        index: defaultdict[str, list[Manifest]] = defaultdict(list)
        for found in self.of_kind("DestinationRule"):
            index[text_at(found.manifest.body, "spec", "host").partition(".")[0]].append(found.manifest)
        return index

    def workload_named(self, names: Iterable[str], namespace: str) -> Pods | None:
        """Return the pods of a workload with one of these names, for a guess at what was meant."""
        wanted = {name for name in names if name}
        for name in sorted(wanted):
            for pods in self._workloads_by_name.get(name, ()):
                place = pods.manifest.namespace
                if not namespace or not place or place == namespace:
                    return pods
        return None

    @cached_property
    def _workloads_by_name(self) -> Mapping[str, list[Pods]]:
        index: defaultdict[str, list[Pods]] = defaultdict(list)
        for found, pods in self.workloads:
            index[found.name].append(pods)
        return index


def is_ours(manifest: Manifest) -> bool:
    """Tell whether an environment renders ``manifest``; what other tools wrote may rest on what is not in the set."""
    return bool(manifest.release or manifest.environment)


def missing(
    rule: str,
    manifest: Manifest,
    path: Path,
    message: str,
    fix: str,
    *,
    ours: Severity = Severity.ERROR,
    foreign: Severity = Severity.INFO,
    related: tuple[tuple[Manifest, Path], ...] = (),
) -> Fault:
    """Return the fault of a reference that leads nowhere, as bad as it is for rendered or for other manifests."""
    return Fault(
        rule=f"reference/{rule}",
        manifest=manifest,
        path=path,
        message=message,
        fix=fix,
        severity=ours if is_ours(manifest) else foreign,
        related=related,
    )


def _objects(resources: ManifestSet) -> Iterator[Object]:
    for manifest in resources:
        body = manifest.body
        metadata = body.get("metadata")
        yield Object(
            manifest=manifest,
            group=manifest.group,
            kind=text_at(body, "kind"),
            namespace=_text(metadata, "namespace"),
            name=_text(metadata, "name"),
        )


def _text(metadata: Any, key: str) -> str:  # noqa: ANN401 - what lies in a document is anything
    return found if isinstance(found := dig(metadata, key), str) else ""
