"""Pages of the Argo CD and reference rules: failing examples report at the marked line, passing ones do not."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet, dig, list_at, text_at
from gitopsgen.model.versions import Versions
from gitopsgen.source.location import Location
from gitopsgen.source.reader import read
from gitopsgen.validation.argo_cd import check_argo_cd
from gitopsgen.validation.references import check_references

RULES = Path(__file__).resolve().parents[2] / "generator" / "gitopsgen" / "validation" / "rules"
FAMILIES: dict[str, Callable[[ManifestSet, Versions], Iterator[Fault]]] = {
    "argo-cd": check_argo_cd,
    "reference": check_references,
}
PAGES = {
    text_at(document.data, "metadata", "name"): document.data
    for file in sorted([*RULES.glob("argo-cd*.yaml"), *RULES.glob("reference*.yaml")])
    for document in read(file.read_text(encoding="utf-8"), file.name).documents
}
EXAMPLES = [
    pytest.param(rule, verdict, example[verdict], id=f"{rule}-{index}-{verdict}")
    for rule, page in PAGES.items()
    for index, example in enumerate(list_at(page, "spec", "examples"))
    for verdict in example
]


def places(rule: str, text: str) -> list[Location]:
    documents = {
        Manifest(body=document.data, file="example.yaml", document=document.index): document
        for document in read(text, "example.yaml").documents
    }
    check = FAMILIES[rule.partition("/")[0]]
    faults = list(check(ManifestSet(tuple(documents)), Versions()))
    return [documents[fault.manifest].locate(fault.path) for fault in faults if fault.rule == rule]


@pytest.mark.parametrize(("rule", "verdict", "text"), EXAMPLES)
def test_an_example_reports_at_its_marked_line(rule: str, verdict: str, text: str) -> None:
    marked = [number for number, line in enumerate(text.splitlines(), start=1) if line.endswith("# <- here")]
    found = [place.line for place in places(rule, text)]
    if verdict == "fail":
        assert marked
    assert found == marked


@pytest.mark.parametrize("rule", PAGES)
def test_a_page_is_complete(rule: str) -> None:
    spec = dig(PAGES[rule], "spec")
    assert spec["rule"] == rule
    assert spec["severity"] in ("error", "warning", "info")
    assert all(isinstance(spec[key], str) and spec[key] for key in ("summary", "why", "source", "fix", "category"))
    assert {verdict for example in spec["examples"] for verdict in example} == {"fail", "pass"}


def test_no_page_is_without_its_rule() -> None:
    files = [
        file for package in ("argo_cd", "notifications", "references") for file in (RULES.parent / package).glob("*.py")
    ]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [rule for rule in PAGES if not re.search(rf'[/"]{rule.partition("/")[2]}"', code)] == []


def test_no_rule_is_without_its_page() -> None:
    documents = [
        Manifest(body=document.data, file=f"{index}.yaml", document=document.index)
        for index, example in enumerate(EXAMPLES)
        for document in read(str(example.values[2]), "").documents
    ]
    resources = ManifestSet(tuple(documents))
    found = {fault.rule for check in FAMILIES.values() for fault in check(resources, Versions())}
    assert found <= PAGES.keys()
