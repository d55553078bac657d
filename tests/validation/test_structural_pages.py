"""Every page of a structural rule: its failing examples report on the marked line, its passing ones not at all."""

import pytest

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.policies.examples import MARK, compare_lines
from gitopsgen.policies.policy import Policy
from gitopsgen.source.reader import Document, read
from gitopsgen.validation.schemas import SchemaChecker
from gitopsgen.validation.structural import check_structure


def faults_of(text: str, rule: str) -> tuple[list[Fault], dict[Manifest, Document]]:
    stream = read(text, "example")
    documents = {Manifest(body=one.data, file="example", document=one.index): one for one in stream.documents}
    resources = ManifestSet(tuple(documents))
    found = [fault for manifest in resources for fault in SchemaChecker().check(manifest, Versions())[0]]
    found += check_structure(resources, Versions())
    return [fault for fault in found if fault.rule == rule], documents


@pytest.mark.parametrize("page", [pytest.param(page, id=page.id) for page in structural_pages("schema").values()])
def test_schema_page(page: Policy) -> None:
    assert any("fail" in example for example in page.examples)
    for example in page.examples:
        text = str(example.get("fail") or example.get("pass"))
        faults, documents = faults_of(text, page.id)
        assert not list(compare_lines(text, faults, documents, fails="fail" in example))


@pytest.mark.parametrize("page", [pytest.param(page, id=page.id) for page in structural_pages("yaml").values()])
def test_yaml_page(page: Policy) -> None:
    for example in page.examples:
        text = str(example.get("fail") or example.get("pass"))
        told = {one.location for one in read(text, "example").problems if one.rule == page.id}
        marked = {number for number, line in enumerate(text.splitlines(), 1) if MARK.search(line)}
        assert {location.line for location in told} == marked
