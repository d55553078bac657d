"""An Application's spec wherever it stands: in an Application, or in the template of an ApplicationSet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path

GROUP: Final = "argoproj.io"
IN_CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
IN_CLUSTER_NAME: Final = "in-cluster"
PRODUCTION: Final = "production"


def is_templated(text: object) -> bool:
    """Tell whether an ApplicationSet still has to fill in ``text``."""
    return isinstance(text, str) and "{{" in text


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """One source of an Application; ``path`` leads to it, ``role`` is the key it stands under."""

    path: Path
    role: str
    body: Mapping[str, Any]

    def text(self, key: str) -> str:
        """Return the string under ``key``."""
        return text_at(self.body, key)


@dataclass(frozen=True, kw_only=True, eq=False)
class ApplicationSpec:
    """An Application as it will be: ``base`` leads to the map that holds its ``metadata`` and ``spec``."""

    manifest: Manifest
    base: Path = ()

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The map that holds ``metadata`` and ``spec``."""
        return map_at(self.manifest.body, *self.base)

    @cached_property
    def spec(self) -> Mapping[str, Any]:
        """The spec itself."""
        return map_at(self.body, "spec")

    @property
    def is_generated(self) -> bool:
        """Whether an ApplicationSet makes it."""
        return bool(self.base)

    @cached_property
    def may_be_completed(self) -> bool:
        """Whether a generator's own template, or a patch, may add what is missing here."""
        spec = self.manifest.body.get("spec")
        return self.is_generated and (
            bool(dig(spec, "templatePatch"))
            or any(_has_template(generator) for generator in list_at(spec, "generators"))
        )

    @cached_property
    def name(self) -> str:
        """``metadata.name``."""
        return text_at(self.body, "metadata", "name")

    @cached_property
    def project(self) -> str:
        """``spec.project``; the controller takes an empty one for ``default``."""
        return text_at(self.spec, "project") or "default"

    @cached_property
    def destination(self) -> Mapping[str, Any]:
        """``spec.destination``."""
        return map_at(self.spec, "destination")

    @cached_property
    def namespace(self) -> str:
        """The namespace that objects without one get."""
        return text_at(self.destination, "namespace")

    @cached_property
    def cluster(self) -> str:
        """Where it deploys to, in one spelling for the cluster that Argo CD itself runs in."""
        server = text_at(self.destination, "server") or text_at(self.destination, "name")
        return IN_CLUSTER_SERVER if server == IN_CLUSTER_NAME else server

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources that the controller uses: the hydrator's before ``sources`` before ``source``."""
        hydrator = dig(self.spec, "sourceHydrator")
        if isinstance(hydrator, Mapping):
            dry = map_at(hydrator, "drySource")
            return (Source(path=self.path("sourceHydrator", "drySource"), role="sourceHydrator", body=dry),)
        if several := list_at(self.spec, "sources"):
            return tuple(
                Source(path=self.path("sources", index), role="sources", body=body)
                for index, body in enumerate(several)
                if isinstance(body, Mapping)
            )
        return (Source(path=self.path("source"), role="source", body=map_at(self.spec, "source")),)

    @cached_property
    def options(self) -> Mapping[str, int]:
        """The sync options, each with its place in the list."""
        found = list_at(self.spec, "syncPolicy", "syncOptions")
        return {option: index for index, option in enumerate(found) if isinstance(option, str)}

    @cached_property
    def ignored(self) -> tuple[Mapping[str, Any], ...]:
        """The entries of ``ignoreDifferences``."""
        return tuple(entry for entry in list_at(self.spec, "ignoreDifferences") if isinstance(entry, Mapping))

    @property
    def respects_ignored(self) -> bool:
        """Whether a sync leaves ignored fields alone too."""
        return "RespectIgnoreDifferences=true" in self.options

    @cached_property
    def heals_itself(self) -> bool:
        """Whether a change in the cluster is undone without being asked."""
        automated = dig(self.spec, "syncPolicy", "automated")
        return (
            isinstance(automated, Mapping)
            and automated.get("enabled") is not False
            and automated.get("selfHeal") is True
        )

    def path(self, *keys: str | int) -> Path:
        """Return the path of ``keys`` below the spec, from the root of the manifest."""
        return (*self.base, "spec", *keys)

    def option_path(self, option: str) -> Path:
        """Return where ``option`` stands."""
        return self.path("syncPolicy", "syncOptions", self.options.get(option, 0))

    def fault(
        self,
        rule: str,
        path: Path,
        message: str,
        fix: str = "",
        *,
        severity: Severity | None = None,
        related: tuple[tuple[Manifest, Path], ...] = (),
    ) -> Fault:
        """Return a fault of this Application; ``path`` starts at the root of its manifest."""
        return Fault(
            rule=f"argo-cd/{rule}",
            manifest=self.manifest,
            path=path,
            message=message,
            fix=fix,
            severity=severity,
            related=related,
        )


def applications(resources: ManifestSet) -> Iterator[ApplicationSpec]:
    """Yield the Applications of ``resources``."""
    for manifest in resources.of_kind("Application", GROUP):
        yield ApplicationSpec(manifest=manifest)


def generated_applications(resources: ManifestSet) -> Iterator[ApplicationSpec]:
    """Yield the template of each ApplicationSet of ``resources``."""
    for manifest in resources.of_kind("ApplicationSet", GROUP):
        if isinstance(dig(manifest.body, "spec", "template"), Mapping):
            yield ApplicationSpec(manifest=manifest, base=("spec", "template"))


def _has_template(generator: object) -> bool:
    return isinstance(generator, Mapping) and any(dig(body, "template") for body in generator.values())
