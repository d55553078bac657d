"""What is said to come from a scalar of a descriptor is what changes with it, and nothing else does.

A leaf is a scalar, or an empty list or map, of a rendered file, known by the file and its path. For each scalar:

- every leaf that is another, is gone, or is new after an edit names the scalar: as a value of it, as what decided that
  it is there, or as what placed it. One that was there before names it in the rendering before, a new one in the one
  after. A ``null`` takes a key out of the map that it stands in, so that what names the map names it too.
- every file that is another after an edit is one that the scalar is said to reach.
- every leaf that names the scalar as a value is another after an edit. A template may absorb a change (``[x, 10] | min``
  is the same for 11 and 12), so that it has to be so for one of several other values.

Scalars that say which descriptors there are (names, ``extends``, ``kind``) are left out, as are edits that are refused.
GITOPSGEN_EDITS=1000 in the environment edits as many scalars, each in more ways.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bench.fleet import write_fleet

from gitopsgen.model.manifest import dig
from gitopsgen.model.release import Release
from gitopsgen.reach.descriptors import Key, reach_of_key
from gitopsgen.reach.traces import FileTraces
from gitopsgen.source.location import format_path
from gitopsgen.templating.tracing import Tracer
from tests.conftest import REPOSITORY
from tests.tracing import repository as own_templates
from tests.tracing.edits import GONE, LeafId, Repository, Scalar, Unit

_EDITS = int(os.environ.get("GITOPSGEN_EDITS", "120"))
_ALWAYS = 3 if "GITOPSGEN_EDITS" in os.environ else 1
"""How many other values each scalar is given at least."""
_AT_MOST = 8


@dataclass
class Outcome:
    """What a scalar's edits have shown."""

    tried: int = 0
    unnamed: list[str] = field(default_factory=list)
    absorbed: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def repositories(folder: Path) -> Iterator[Repository]:
    yield Repository(REPOSITORY, folder / "example")
    own_templates.write(folder / "own")
    yield Repository(folder / "own", folder / "own-work")
    seed = 0
    while True:
        seed += 1
        write_fleet(folder / f"fleet-{seed}", 2, seed)
        yield Repository(folder / f"fleet-{seed}", folder / f"fleet-{seed}-work")


def test_every_leaf_traces_to_a_place(tmp_path: Path) -> None:
    for _, repository in zip(range(3), repositories(tmp_path), strict=False):
        for unit in repository.units(repository.fleet):
            plain = repository.render(unit)
            traced = repository.trace(unit)
            assert {(leaf.file, leaf.path): leaf.value for leaf in traced} == plain
            for leaf in traced:
                assert leaf.trace.values or leaf.trace.places, f"{leaf.file}: {format_path(leaf.path)}"


def test_what_names_a_scalar_is_what_changes_with_it(tmp_path: Path) -> None:
    chance = random.Random(20250704)  # noqa: S311 - the same edits each time
    done = 0
    seen: dict[str, int] = {"tried": 0, "refused": 0}
    for repository in repositories(tmp_path):
        share = _EDITS // 3 if done < _EDITS // 3 * 2 else _EDITS - done
        chosen = chance.sample(repository.scalars, min(share, _EDITS - done, len(repository.scalars)))
        before = _Before(repository)
        for scalar in chosen:
            outcome = edit(repository, before, scalar, chance)
            seen["tried" if outcome.tried else "refused"] += 1
            assert not outcome.unnamed, "\n".join(outcome.unnamed[:5])
            assert not outcome.absorbed, "\n".join(outcome.absorbed[:5])
            assert not outcome.missed, "\n".join(outcome.missed[:5])
        done += len(chosen)
        if done >= _EDITS:
            break
    assert seen["tried"] > 9 * seen["refused"]


@pytest.mark.parametrize("kind", ["example", "own"])
def test_what_changes_without_a_scalar_is_reached(tmp_path: Path, kind: str) -> None:
    """An item, or an entry of a map, also reaches what goes by how many there are, or by their order."""
    repository = dict(zip(("example", "own"), repositories(tmp_path), strict=False))[kind]
    before = _Before(repository)
    chance = random.Random(5)  # noqa: S311 - the same ones each time
    tried = 0
    for scalar in chance.sample(repository.scalars, min(_EDITS // 3, len(repository.scalars))):
        reached = before.reached(repository, scalar)
        with repository.edited(scalar, GONE) as fleet:
            if fleet is None or not reached:
                continue
            renderings = [before.render(repository, unit) for unit in repository.units(fleet, scalar.file)]
        if None in renderings:
            continue
        tried += 1
        after = {name: leaf for rendering in renderings if rendering for name, leaf in rendering.items()}
        touched = (unit.name for unit in repository.units(repository.fleet, scalar.file))
        old = {name: leaf for unit in touched for name, leaf in before.leaves[unit].items()}
        files = {name[0] for name in {*old, *after} if not _equal(old, after, name)} & {file for file, _ in old}
        assert files <= reached, f"{scalar.file}: {format_path(scalar.path)}"
    assert tried


class _Before:
    """A repository as it is before any edit: its leaves by the unit that renders them, and what they name."""

    def __init__(self, repository: Repository) -> None:
        self.naming = repository.naming(repository.units(repository.fleet))
        self.traces = FileTraces(tracer=Tracer(library=repository.library))
        self.units = {unit.name: unit for unit in repository.units(repository.fleet)}
        self.leaves = {name: repository.render(unit) or {} for name, unit in self.units.items()}

    def render(self, repository: Repository, unit: Unit) -> dict[LeafId, object] | None:
        """Return the leaves of a unit after an edit; they are the same where nothing that it renders from is another."""
        old = self.units.get(unit.name)
        return self.leaves[unit.name] if old and _inputs(old) == _inputs(unit) else repository.render(unit)

    def reached(self, repository: Repository, scalar: Scalar) -> set[str]:
        """Return the files that a scalar is said to reach."""
        key = Key(scalar.file, scalar.document, scalar.path)
        reach = reach_of_key(repository.fleet, key, self.traces)
        return {file for files in reach.files.values() for file in files}


def _inputs(unit: Unit) -> tuple[object, ...]:
    environment = unit.environment if isinstance(unit, Release) else unit
    return unit.spec, unit.labels, unit.annotations, environment.spec, environment.labels


def edit(repository: Repository, before: _Before, scalar: Scalar, chance: random.Random) -> Outcome:
    outcome = Outcome()
    same = set(before.naming.values.get(scalar, ()))
    above = Scalar(scalar.file, scalar.document, scalar.path[:-1])
    names = [scalar, above] if dig(repository.document(scalar), *scalar.path) is None else [scalar]
    for value in repository.alternatives(scalar, chance):
        with repository.edited(scalar, value) as fleet:
            if fleet is None:
                continue
            units = list(repository.units(fleet, scalar.file))
            renderings = [before.render(repository, unit) for unit in units]
            if None in renderings:
                continue
            outcome.tried += 1
            after = {name: leaf for rendering in renderings if rendering for name, leaf in rendering.items()}
            touched = [unit.name for unit in repository.units(repository.fleet, scalar.file)]
            old = {name: leaf for unit in touched for name, leaf in before.leaves[unit].items()}
            said = f"{scalar.file}: {format_path(scalar.path)}: {value!r} changes"
            changed = {name for name in {*old, *after} if not _equal(old, after, name)}
            reached = before.reached(repository, scalar)
            missed = {file for file, _ in changed & old.keys()} - reached
            outcome.missed += sorted(f"{said} {file}, and does not reach it" for file in missed)
            named = {name for one in names for name in before.naming.anyhow.get(one, ())}
            unnamed = {name for name in changed & old.keys() if name not in named}
            if changed - old.keys():
                unnamed |= _unnamed(repository, units, names, changed - old.keys())
            outcome.unnamed += sorted(f"{said} {file}: {format_path(path)}" for file, path in unnamed)
            same -= changed
        if outcome.tried >= (_ALWAYS if not same else _AT_MOST):
            break
    if outcome.tried:
        said = f"{scalar.file}: {format_path(scalar.path)} is said to be in"
        outcome.absorbed += sorted(f"{said} {file}: {format_path(path)}" for file, path in same)
    return outcome


def _equal(old: dict[LeafId, object], after: dict[LeafId, object], name: LeafId) -> bool:
    if name not in old or name not in after:
        return False
    return old[name] == after[name] and type(old[name]) is type(after[name])


def _unnamed(repository: Repository, units: list[Unit], names: list[Scalar], new: set[LeafId]) -> set[LeafId]:
    naming = repository.naming(iter(units)).anyhow
    return new - {name for one in names for name in naming.get(one, ())}


@pytest.mark.parametrize("kind", ["example", "own"])
def test_a_scalar_that_loses_is_in_nothing(tmp_path: Path, kind: str) -> None:
    """A higher layer's value has taken its place everywhere."""
    found = dict(zip(("example", "own"), repositories(tmp_path), strict=False))
    repository = found[kind]
    naming = repository.naming(repository.units(repository.fleet))
    lost = {
        "example": Scalar("environments/apps/sample-api.yaml", 0, ("spec", "image", "tag")),
        "own": Scalar("environments/all.yaml", 0, ("spec", "replicas")),
    }[kind]
    files = {file for file, _ in naming.anyhow.get(lost, ())}
    elsewhere = "rendered/prod/" if kind == "example" else "rendered/staging/"
    assert files
    assert not any(file.startswith(elsewhere) for file in files)
