"""Damaged Rollouts before the linter of Argo Rollouts itself: it refuses none that pass here, and all refused here."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.source.reader import read
from gitopsgen.validation.schemas import SchemaChecker
from gitopsgen.validation.structural import check_structure
from tests.real.binaries import binary
from tests.real.damage import Damage

_ROLLOUTS: Final = Path(__file__).with_name("rollouts.yaml")
_CASES: Final = 600
_SEED: Final = 20
# The controller loses what a pod shares with its host before it looks; the API server refuses the pods later.
_LOST: Final = ("shareProcessNamespace", "hostUsers")
# That a request is above its limit is a policy's to say, of every workload.
_OF_POLICIES: Final = "must be less than or equal to"


def damaged() -> list[dict[str, Any]]:
    """Return the Rollouts as they are, and many damaged ones."""
    documents = read(_ROLLOUTS.read_text(encoding="utf-8"), "rollouts.yaml").documents
    specs = [json.loads(json.dumps(document.data["spec"])) for document in documents]
    damage = Damage(specs, _SEED)
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
    return [
        {**head, "metadata": {"name": f"case-{number}"}, "spec": spec}
        for number, spec in enumerate([*specs, *(damage.next() for _ in range(_CASES))])
    ]


def errors(rollouts: Iterable[dict[str, Any]]) -> Mapping[str, list[Fault]]:
    """Return the errors of the schemas and the structural rules by Rollout, each looked at alone."""
    found: defaultdict[str, list[Fault]] = defaultdict(list)
    for body in rollouts:
        manifest = Manifest(body=body, file="rollout.json")
        faults = [*SchemaChecker().check([manifest], Versions()).faults]
        faults += check_structure(ManifestSet((manifest,)), Versions())
        found[manifest.name] = [fault for fault in faults if severity(fault) == Severity.ERROR]
    return found


def severity(fault: Fault) -> Severity | None:
    page = structural_pages(fault.rule.partition("/")[0]).get(fault.rule)
    return fault.severity or (page.severity_in("") if page else Severity.ERROR)


def is_controllers(fault: Fault) -> bool:
    """Tell whether a fault is that the controller refuses the Rollout by itself."""
    page = structural_pages("argo-rollouts").get(fault.rule)
    numbers = page.numbers if page else ()
    return any(number.startswith("V") for number in numbers) and fault.path[-1] not in _LOST


def refusals(folder: Path, rollouts: Mapping[str, dict[str, Any]], together: str = "") -> dict[str, str]:
    """Return what the linter says of those that it refuses, a file each or all ``together`` in one of that name."""
    program = binary("kubectl-argo-rollouts")
    texts = {name: json.dumps(body) for name, body in rollouts.items()}
    if together:
        texts = {together: "\n---\n".join(texts.values())}

    def said(name: str) -> str:
        file = folder / f"{name}.yaml"
        file.write_text(texts[name], encoding="utf-8")
        command = [program, "lint", "-f", str(file)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return (result.stdout + result.stderr) if result.returncode else ""

    with ThreadPoolExecutor(max_workers=2) as pool:
        return {name: text for name, text in zip(texts, pool.map(said, texts), strict=True) if text}


def test_upstream_refuses_nothing_that_passes_here_and_the_other_way_round(tmp_path: Path) -> None:
    rollouts = {body["metadata"]["name"]: body for body in damaged()}
    found = errors(rollouts.values())
    passed = {name: body for name, body in rollouts.items() if not found[name]}
    assert len(passed) > _CASES / 4
    assert set(list(rollouts)[: len(rollouts) - _CASES]) <= passed.keys()
    # One file for all that should pass costs one process; which one does not is only asked for when there is one.
    if refusals(tmp_path, passed, together="together"):
        missed = refusals(tmp_path, passed)
        assert {name: text for name, text in missed.items() if _OF_POLICIES not in text} == {}
    refused = {name: body for name, body in rollouts.items() if any(map(is_controllers, found[name]))}
    assert len(refused) > _CASES / 4
    wrongly = refused.keys() - refusals(tmp_path, refused).keys()
    assert {name: [(fault.rule, fault.message) for fault in found[name]] for name in wrongly} == {}
