"""Objects of the rendered example damaged everywhere: both engines say the same of each, at the same places."""

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from gitopsgen.model.manifest import Manifest
from gitopsgen.model.versions import Versions
from gitopsgen.source.location import Path as ValuePath
from gitopsgen.validation.engine import EmbeddedEngine, SchemaEngine
from gitopsgen.validation.kubeconform import KubeconformEngine
from gitopsgen.validation.schemas import SchemaChecker
from tests.real.test_kubeconform import example

VALUES: Final[tuple[Any, ...]] = ("text", 1, True, None, [], {}, [1], {"a": 1}, -1, 1.5, "", 2**40, 1e20, "9" * 70)
TRIED: Final = 200


def nodes(value: object, path: ValuePath = ()) -> Iterator[ValuePath]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from nodes(child, (*path, key))


def damaged(body: Any, path: ValuePath, random: Random) -> Any:  # noqa: ANN401 - what lies in a document is anything
    """Return ``body`` with the value at ``path`` gone, under another name, or another value."""
    result = copy.deepcopy(body)
    parent = result
    for part in path[:-1]:
        parent = parent[part]
    key = path[-1]
    match random.choice(("remove", "rename", "replace", "replace", "replace")):
        case "rename" if isinstance(parent, dict):
            parent[f"{key}s"] = parent.pop(key)
        case "remove":
            del parent[key]
        case _:
            parent[key] = random.choice(VALUES)
    return result


def said(engine: SchemaEngine, manifests: list[Manifest]) -> list[set[tuple[str, ValuePath, str]]]:
    verdict = SchemaChecker(engine).check(manifests, Versions())
    faults: dict[Manifest, set[tuple[str, ValuePath, str]]] = {one: set() for one in manifests}
    for fault in verdict.faults:
        faults[fault.manifest].add((fault.rule, fault.path, fault.message))
    return list(faults.values())


def test_both_say_the_same_of_damaged_objects(tmp_path: Path, kubeconform: Path) -> None:
    random = Random(kubeconform.parent.name)  # noqa: S311 - other damage for each version of kubeconform, the same each time
    kinds = {one.kind: one.body for one in example()}
    spots = [(body, path) for body in kinds.values() for path in nodes(body)]
    manifests = [
        Manifest(body=damaged(body, path, random), file=f"{number}.yaml")
        for number, (body, path) in enumerate(random.choices(spots, k=TRIED))
    ]
    ours, its = (
        said(EmbeddedEngine(), manifests),
        said(KubeconformEngine(root=tmp_path, program=kubeconform), manifests),
    )
    assert sum(map(bool, ours)) > TRIED // 2
    different = [(one.body, a, b) for one, a, b in zip(manifests, ours, its, strict=True) if a != b]
    assert different == []
