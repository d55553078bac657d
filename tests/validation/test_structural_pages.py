"""Every page of a structural rule: its failing examples report on the marked line, its passing ones not at all."""

import re
from pathlib import Path

import pytest

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.policies.examples import MARK, compare_lines
from gitopsgen.policies.policy import Policy
from gitopsgen.source.reader import Document, read
from gitopsgen.validation import analysis, argo_rollouts, notifications
from gitopsgen.validation.analysis import check_analysis
from gitopsgen.validation.argo_rollouts import check_argo_rollouts
from gitopsgen.validation.schemas import SchemaChecker
from gitopsgen.validation.structural import check_structure

# What the App of the examples says that Prometheus has of it.
SERIES = frozenset(("http_requests_total", "http_request_duration_seconds_bucket"))


def faults_of(text: str, rule: str, tier: str = "") -> tuple[list[Fault], dict[Manifest, Document]]:
    stream = read(text, "example")
    documents = {
        Manifest(body=one.data, file="example", document=one.index, tier=tier): one for one in stream.documents
    }
    resources = ManifestSet(tuple(documents), series=SERIES)
    found = [*SchemaChecker().check(resources, Versions()).faults, *check_structure(resources, Versions())]
    return [fault for fault in found if fault.rule == rule], documents


@pytest.mark.parametrize("page", [pytest.param(page, id=page.id) for page in structural_pages("schema").values()])
def test_schema_page(page: Policy) -> None:
    assert any("fail" in example for example in page.examples)
    for example in page.examples:
        text = str(example.get("fail") or example.get("pass"))
        faults, documents = faults_of(text, page.id)
        assert not list(compare_lines(text, faults, documents, fails="fail" in example))


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.id) for page in structural_pages("argo-rollouts").values()]
)
def test_argo_rollouts_page(page: Policy) -> None:
    assert page.rule == page.id
    assert all((page.category, page.summary, page.why, page.source, page.fix))
    assert {verdict for example in page.examples for verdict in ("fail", "pass") if verdict in example} == {
        "fail",
        "pass",
    }
    for example in page.examples:
        text = str(example.get("fail") or example.get("pass"))
        faults, documents = faults_of(text, page.id, str(example.get("tier", "")))
        assert not list(compare_lines(text, faults, documents, fails="fail" in example))


def test_every_rule_of_rollouts_has_a_page() -> None:
    pages = structural_pages("argo-rollouts")
    told = re.compile(r'"(?:argo-rollouts/)?([a-z0-9]+(?:-[a-z0-9]+)+)"')
    packages = [Path(str(package.__file__)).parent for package in (analysis, argo_rollouts, notifications)]
    code = "".join(file.read_text(encoding="utf-8") for package in packages for file in package.rglob("*.py"))
    assert [rule for rule in pages if rule.partition("/")[2] not in told.findall(code) and not _composed(rule)] == []
    for page in pages.values():
        for example in page.examples:
            documents = read(str(example.get("fail") or example.get("pass")), "example").documents
            manifests = tuple(Manifest(body=one.data, file="example", document=one.index) for one in documents)
            resources = ManifestSet(manifests)
            faults = (*check_argo_rollouts(resources, Versions()), *check_analysis(resources, Versions()))
            assert {fault.rule for fault in faults} <= pages.keys()


def _composed(rule: str) -> bool:
    """Tell whether a rule's name is put together from what is missing."""
    return rule.endswith(("-missing", "-not-in-set"))


@pytest.mark.parametrize("page", [pytest.param(page, id=page.id) for page in structural_pages("yaml").values()])
def test_yaml_page(page: Policy) -> None:
    for example in page.examples:
        text = str(example.get("fail") or example.get("pass"))
        told = {one.location for one in read(text, "example").problems if one.rule == page.id}
        marked = {number for number, line in enumerate(text.splitlines(), 1) if MARK.search(line)}
        assert {location.line for location in told} == marked
