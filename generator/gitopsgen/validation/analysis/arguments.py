"""Arguments of an analysis: what templates declare, what is given to them, and what comes of both.

Source: argo-rollouts v1.9.2, utils/analysis/helpers.go: flattenArgs, MergeArgs; utils/analysis/factory.go:
BuildArgumentsForRolloutAnalysisRun; analysis/analysis.go: resolveArgs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at
from gitopsgen.source.location import Path

Side: TypeAlias = Literal["", "Latest", "Stable"]

_KEYED: Final = re.compile(r"""metadata\.(labels|annotations)\[['"](.+)['"]\]""")
_SEPARATORS: Final = re.compile(r"[.\[\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An argument and where it stands.

    ``text`` is its value, ``None`` when it has none or only the running analysis knows it. ``is_secret`` tells that a
    Secret gives the value, whatever else is written. ``side`` is set for the hash of one side's pods.
    """

    name: str
    manifest: Manifest
    path: Path
    text: str | None = None
    has_value: bool = False
    has_source: bool = False
    is_secret: bool = False
    side: Side = ""

    @property
    def is_supplied(self) -> bool:
        """Whether a running analysis has a value for it."""
        return self.has_value or self.is_secret

    @property
    def known_text(self) -> str | None:
        """What is put in for it, ``None`` when only the running analysis knows."""
        return None if self.is_secret else self.text


def declared_arguments(manifest: Manifest) -> Iterator[Argument]:
    """Yield the arguments of a template, or of an AnalysisRun."""
    yield from _read(manifest, ("spec", "args"))


def given_in_experiment(manifest: Manifest, path: Path) -> Iterator[Argument]:
    """Yield the arguments that an Experiment gives; of those only the value is passed on.

    Source: argo-rollouts v1.9.2, experiments/experiment.go, ResolveAnalysisRunArgs.
    """
    for argument in _read(manifest, path):
        # The names of the Experiment's own pods are filled in while it runs.
        text = None if argument.text is None or "{{" in argument.text else argument.text
        yield replace(argument, text=text, has_source=False, is_secret=False)


def given_in_rollout(manifest: Manifest, path: Path) -> Iterator[Argument]:
    """Yield the arguments that a Rollout gives: each has a value, which may be the empty text."""
    for index, entry in enumerate(list_at(manifest.body, *path)):
        source = map_at(entry, "valueFrom")
        side: Side = ""
        text: str | None = text_at(entry, "value")
        if (hash_of := source.get("podTemplateHashValue")) is not None:
            side = "Latest" if hash_of == "Latest" else "Stable" if hash_of == "Stable" else ""
            text = None if side else text
        elif field := text_at(source, "fieldRef", "fieldPath"):
            text = field_text(manifest, field)
        yield Argument(
            name=text_at(entry, "name"), manifest=manifest, path=(*path, index), text=text, has_value=True, side=side
        )


def field_text(rollout: Manifest, field: str) -> str | None:
    """Return what a field path of a Rollout gives; ``None`` when its manifest does not tell."""
    if field == "metadata.name":
        return rollout.name or None
    if field == "metadata.namespace":
        return rollout.namespace or None
    if found := _KEYED.fullmatch(field):
        return text_at(rollout.body, "metadata", found[1], found[2])
    if field.startswith("metadata"):
        return None
    value: object = rollout.body
    for part in filter(None, _SEPARATORS.split(field)):
        value = dig(value, int(part) if isinstance(value, list) and part.isdecimal() else part)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None


def flatten(declared: Iterable[Argument]) -> tuple[dict[str, Argument], list[tuple[Argument, Argument]]]:
    """Return the arguments of all templates together, and the pairs of defaults that contradict each other."""
    flat: dict[str, Argument] = {}
    conflicts: list[tuple[Argument, Argument]] = []
    for argument in declared:
        before = flat.get(argument.name)
        if before is None or not before.has_value:
            flat[argument.name] = argument
        elif argument.text is not None and before.text is not None and argument.text != before.text:
            conflicts.append((before, argument))
    return flat, conflicts


def merge(given: Iterable[Argument], declared: Mapping[str, Argument]) -> dict[str, Argument]:
    """Return the ``declared`` arguments with what is given for them; what none of them declares is left out."""
    merged = dict(declared)
    for argument in given:
        before = merged.get(argument.name)
        if before is not None and argument.has_value:
            merged[argument.name] = replace(argument, has_source=before.has_source, is_secret=before.is_secret)
    return merged


def _read(manifest: Manifest, path: Path) -> Iterator[Argument]:
    for index, entry in enumerate(list_at(manifest.body, *path)):
        value, source = map_at(entry).get("value"), map_at(entry).get("valueFrom")
        yield Argument(
            name=text_at(entry, "name"),
            manifest=manifest,
            path=(*path, index),
            text=value if isinstance(value, str) else None,
            has_value=value is not None,
            has_source=source is not None,
            is_secret=dig(source, "secretKeyRef") is not None,
        )
