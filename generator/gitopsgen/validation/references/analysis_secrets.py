"""Secrets that analyses take the values of arguments from.

Source: argo-rollouts v1.9.2, analysis/analysis.go, resolveArgs.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import list_at, text_at
from gitopsgen.validation.references.index import ROLLOUTS, Index, Object, missing
from gitopsgen.validation.references.secrets import Stock

_KINDS: Final = ("AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun")


def check_analysis_secrets(index: Index, stock: Stock) -> Iterator[Fault]:
    """Yield the Secrets, and the keys of Secrets, that an analysis would not find when it starts."""
    for kind in _KINDS:
        for found in index.of_kind(kind):
            if found.group == ROLLOUTS:
                yield from _check(index, stock, found)


def _check(index: Index, stock: Stock, found: Object) -> Iterator[Fault]:
    for place, argument in enumerate(list_at(found.manifest.body, "spec", "args")):
        name = text_at(argument, "valueFrom", "secretKeyRef", "name")
        key = text_at(argument, "valueFrom", "secretKeyRef", "key")
        path = ("spec", "args", place, "valueFrom", "secretKeyRef")
        provided = stock.find("Secret", name, found.namespace) if name else None
        if provided is None:
            if name and not index.resources.has_external("Secret", name):
                yield missing(
                    "secret-not-in-set",
                    found.manifest,
                    (*path, "name"),
                    f"there is no Secret `{name}` in the set: without it the analysis ends with an error",
                    f"correct the name, or declare `Secret/{name}` as an external",
                    ours=Severity.WARNING,  # it may be brought by other means
                    foreign=Severity.WARNING,
                )
        elif provided.keys is not None and key not in provided.keys:
            known = ", ".join(sorted(provided.keys)) or "none"
            yield Fault(
                rule="reference/secret-key-missing",
                manifest=found.manifest,
                path=(*path, "key"),
                message=f"the Secret `{name}` has no key `{key}` (it has {known}): the analysis ends with an error",
                fix="write one of its keys",
                related=((provided.manifest, ("data",)),),
            )
