"""The pages of structural rules: YAML beside the code that checks them, read when a rule is asked for."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from gitopsgen.model.manifest import text_at
from gitopsgen.policies.policy import Policy, read_policy
from gitopsgen.source.reader import read

_FOLDERS: Final = ("descriptors", "templating", "policies", "validation", "tree", "source", "delivery")


@cache
def structural_pages(family: str) -> Mapping[str, Policy]:
    """Return the pages of the structural rules of a family (``argo-cd``), by their id."""
    pages: dict[str, Policy] = {}
    for file in _rule_files():
        stem = file.name.removesuffix(".yaml")
        if stem == family or stem.startswith(f"{family}-") or _mixed(stem, family):
            for document in read(file.read_text("utf-8"), f"rules/{file.name}").documents:
                page = read_policy(document)
                if page.id.partition("/")[0] == family:
                    pages[page.id] = page
    return pages


@cache
def all_structural_pages() -> Mapping[str, Policy]:
    """Return the pages of all structural rules, by their id and in its order."""
    families: set[str] = set()
    for file in _rule_files():
        for document in read(file.read_text("utf-8"), file.name).documents:
            families.add(text_at(document.data, "metadata", "name").partition("/")[0])
    pages = [page for family in families for page in structural_pages(family).values()]
    return {page.id: page for page in sorted(pages, key=lambda page: page.id)}


def _mixed(stem: str, family: str) -> bool:
    """Tell whether a file of another name has pages of a family: the faults of policies lie with their code."""
    return family == "policy" and stem == "admission"


@cache
def _rule_files() -> tuple[Traversable, ...]:
    package = files("gitopsgen")
    folders = [package / name / "rules" for name in _FOLDERS]
    found = [file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.name.endswith(".yaml")]
    return tuple(sorted(found, key=lambda file: file.name))
