"""Descriptors to Environments and Releases: which layers there are, laid over each other, and their faults."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any, Final

from gitopsgen.descriptors import app as app_fields
from gitopsgen.descriptors import environment as environment_fields
from gitopsgen.descriptors.fields import Schema
from gitopsgen.descriptors.loading import Descriptor, Descriptors, group_faults, load_descriptors, rival_faults
from gitopsgen.descriptors.merging import overlay
from gitopsgen.descriptors.names import dangling_names
from gitopsgen.descriptors.provenance import place_of
from gitopsgen.descriptors.recipients import missing_recipients
from gitopsgen.descriptors.schema import complete, defaults_of
from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.model.finding import Finding, Related, Severity
from gitopsgen.model.release import Environment, Layer, Release
from gitopsgen.source.location import Location

_LAYERED: Final = ("apps", "defaults", "extends", "abstract")
"""Keys of an Environment that are no fields to inherit: overlays on Apps, and what it is itself."""

_ENVIRONMENT_SCHEMA: Final[Schema] = {
    **environment_fields.SPEC,
    "properties": {key: field for key, field in environment_fields.SPEC["properties"].items() if key not in _LAYERED},
}
TIER_PROFILES: Final = {"development": "rolling", "staging": "canary", "production": "conservative-canary"}
"""How a new version takes over where no layer says: production is careful by itself."""
_MISSING: Final = "descriptor/missing-key"
_ENVIRONMENT: Final = Validator(_ENVIRONMENT_SCHEMA)
_APP: Final = Validator(app_fields.SPEC)
_ENVIRONMENT_DEFAULTS: Final = defaults_of({**_ENVIRONMENT_SCHEMA, "default": {}})
_APP_DEFAULTS: Final = defaults_of({**app_fields.SPEC, "default": {}})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fleet:
    """All that is to be rendered: concrete Environments, and their Releases in order."""

    environments: tuple[Environment, ...]
    releases: tuple[Release, ...]


def load_fleet(root: FilePath, edited: Mapping[str, str] | None = None) -> tuple[Fleet, list[Finding]]:
    """Return what the descriptors of the repository ``root`` describe, with every fault of theirs.

    ``edited`` are texts that take the place of what is on disk, by file.

    Raises:
        GitopsgenError: there are no descriptors, or they cannot be read.
    """
    descriptors, findings = load_descriptors(root, edited)
    fleet, faults = resolve(descriptors)
    return fleet, findings + faults


def resolve(descriptors: Descriptors) -> tuple[Fleet, list[Finding]]:
    """Return the Environments and Releases that ``descriptors`` describe, with every fault on the way.

    What has a fault is left out, so that one fault is not reported as many.
    """
    findings = [*dangling_names(descriptors), *missing_recipients(descriptors)]
    environments: list[Environment] = []
    releases: list[Release] = []
    lineages = _lineages(descriptors, findings)
    entries = _entries(descriptors, findings)
    bases: dict[str, tuple[Layer, dict[str, Any]]] = {}
    for name, descriptor in sorted(descriptors.apps.items()):
        layer = Layer(title=f"App {name}", document=descriptor.document, path=("spec",), values=descriptor.spec)
        bases[name] = (layer, overlay(_APP_DEFAULTS, layer.values, app_fields.SPEC))
    for name, lineage in sorted(lineages.items()):
        if descriptors.environments[name].spec.get("abstract"):
            continue
        environment, faults = _environment(name, [descriptors.environments[one] for one in lineage])
        findings.extend(faults)
        if environment is None:
            continue
        environments.append(environment)
        for app in _deployed(lineage, descriptors, entries):
            if app in bases:
                layers = tuple(_layers(app, lineage, descriptors, entries))
                release, faults = _release(descriptors.apps[app], environment, bases[app], layers)
                findings.extend(faults)
                if release:
                    releases.append(release)
    return Fleet(environments=tuple(environments), releases=tuple(releases)), findings


def _lineages(descriptors: Descriptors, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """Return for each Environment those it extends, itself last, each once.

    A cycle is reported. Left out are its Environments, and those that extend one that there is not.
    """
    lineages: dict[str, tuple[str, ...]] = {}
    reported: set[frozenset[str]] = set()

    def walk(name: str, chain: tuple[str, ...]) -> Iterator[str]:
        if name in chain:
            cycle = chain[chain.index(name) :]
            if frozenset(cycle) not in reported:
                reported.add(frozenset(cycle))
                findings.append(_cycle_finding((*cycle, name), descriptors))
            raise _NoLineage
        for parent in descriptors.environments[name].spec.get("extends") or ():
            if parent not in descriptors.environments:
                raise _NoLineage
            yield from walk(parent, (*chain, name))
        yield name

    for name in sorted(descriptors.environments):
        try:
            lineages[name] = tuple(dict.fromkeys(walk(name, ())))
        except _NoLineage:
            continue
    return lineages


def _cycle_finding(cycle: tuple[str, ...], descriptors: Descriptors) -> Finding:
    """Return the finding of a circle of ``extends``, with the place of every link of it."""
    places = [
        descriptors.environments[child].document.locate(
            ("spec", "extends", descriptors.environments[child].spec["extends"].index(parent))
        )
        for child, parent in pairwise(cycle)
    ]
    return Finding(
        policy="descriptor/extends-cycle",
        severity=Severity.ERROR,
        message=f"Environments extend each other in a circle: {' → '.join(cycle)}",
        location=places[-1],
        fix="take one of them out of `extends`",
        related=tuple(Related(location=place, message="a link of the circle") for place in places[:-1]),
    )


class _NoLineage(Exception):  # noqa: N818 - control flow inside this module
    """An Environment extends itself, or one that there is not."""


def _entries(descriptors: Descriptors, findings: list[Finding]) -> dict[tuple[str, str], Layer]:
    """Return each Environment's own overlay on each App: its entry under ``apps``, or the Release."""
    entries: dict[tuple[str, str], Layer] = {}
    for name, environment in sorted(descriptors.environments.items()):
        for app, values in (environment.spec.get("apps") or {}).items():
            entries[name, app] = Layer(
                title=f"Environment {name}, apps.{app}",
                document=environment.document,
                path=("spec", "apps", app),
                values=values or {},
            )
    for (name, app), release in sorted(descriptors.releases.items()):
        if (name, app) in entries:
            entry = entries[name, app].locate(())
            finding = _finding(
                "descriptor/release-twice",
                f"{name}/{app} is described as a Release, and at {entry}",
                release.place,
                "keep one of the two",
            )
            findings.append(replace(finding, related=(Related(location=entry, message="the other"),)))
        entries[name, app] = Layer(
            title=f"Release {name}/{app}", document=release.document, path=("spec",), values=release.spec
        )
    return entries


def _deployed(
    lineage: tuple[str, ...], descriptors: Descriptors, entries: Mapping[tuple[str, str], Layer]
) -> list[str]:
    """Return the Apps that an Environment of this lineage deploys; an entry of ``null`` takes one out again."""
    apps: dict[str, bool] = {}
    for name in lineage:
        written = descriptors.environments[name].spec.get("apps") or {}
        for environment, app in entries:
            if environment == name:
                apps[app] = app not in written or written[app] is not None
    return sorted(app for app, deployed in apps.items() if deployed)


def _layers(
    app: str, lineage: tuple[str, ...], descriptors: Descriptors, entries: Mapping[tuple[str, str], Layer]
) -> Iterator[Layer]:
    for name in lineage:
        environment = descriptors.environments[name]
        if defaults := environment.spec.get("defaults"):
            yield Layer(
                title=f"Environment {name}, defaults",
                document=environment.document,
                path=("spec", "defaults"),
                values=defaults,
            )
        if (name, app) in entries:
            yield entries[name, app]


def _environment(name: str, lineage: list[Descriptor]) -> tuple[Environment | None, list[Finding]]:
    layers = tuple(
        Layer(
            title=f"Environment {one.name}",
            document=one.document,
            path=("spec",),
            values={key: value for key, value in one.spec.items() if key not in _LAYERED},
        )
        for one in lineage
    )
    merged: dict[str, Any] = _ENVIRONMENT_DEFAULTS
    for layer in layers:
        merged = overlay(merged, layer.values, _ENVIRONMENT_SCHEMA)
    spec = complete(merged, _ENVIRONMENT_SCHEMA)
    place = lineage[-1].document.locate(("spec",))
    faults = _merged_faults(_ENVIRONMENT, spec, layers, place, f"Environment {name}")
    metadata = [one.data["metadata"] for one in lineage]
    environment = Environment(
        name=name,
        labels=_united(metadata, "labels"),
        annotations=_united(metadata, "annotations"),
        spec=spec,
        layers=layers,
        lineage=tuple(one.name for one in lineage),
    )
    return (None if faults else environment), faults


def _release(
    app: Descriptor, environment: Environment, base: tuple[Layer, dict[str, Any]], overlays: tuple[Layer, ...]
) -> tuple[Release | None, list[Finding]]:
    first, merged = base
    for layer in overlays:
        merged = overlay(merged, layer.values, app_fields.SPEC)
    spec = complete(merged, app_fields.SPEC)
    spec["rollout"] = _rollout(spec.get("rollout") or {}, environment.tier)
    layers = (first, *overlays)
    release = Release(
        app=app.name,
        environment=environment,
        labels=_united([app.data["metadata"]], "labels"),
        annotations=_united([app.data["metadata"]], "annotations"),
        spec=spec,
        layers=layers,
    )
    faults = _merged_faults(_APP, spec, layers, release.place, f"{environment.name}/{app.name}")
    return (None if faults else release), faults


def _rollout(written: Mapping[str, Any], tier: str) -> dict[str, Any]:
    """Return what a release says of its rollout, with the tier's profile where it names neither that nor a strategy."""
    if any(key in written for key in ("profile", "canary", "blueGreen")):
        return dict(written)
    return {"profile": TIER_PROFILES[tier], **written}


def _merged_faults(
    validator: Validator, spec: dict[str, Any], layers: tuple[Layer, ...], place: Location, name: str
) -> list[Finding]:
    faults: Iterable[SchemaFault] = (
        *validator.faults(spec, lambda _: None),
        *rival_faults(spec, validator.schema),
        *group_faults(spec, validator.schema),
    )
    return [
        Finding(
            policy=fault.rule,
            severity=Severity.ERROR,
            message=f"{fault.message} after all layers of {name}"
            if fault.rule != "descriptor/missing-key"
            else fault.message,
            location=place_of(layers, fault.path) or place,
            fix=fault.fix,
            release=name if "/" in name else "",
            related=tuple(
                Related(location=layer.locate(()), message=layer.title) for layer in layers if fault.rule == _MISSING
            ),
        )
        for fault in faults
    ]


def _united(metadata: list[Mapping[str, Any]], key: str) -> dict[str, str]:
    united = {name: value for one in metadata for name, value in (one.get(key) or {}).items()}
    return {name: value for name, value in united.items() if value is not None}


def _finding(rule: str, message: str, location: Location, fix: str = "") -> Finding:
    return Finding(policy=rule, severity=Severity.ERROR, message=message, location=location, fix=fix)
