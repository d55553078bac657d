"""All structural rules: what Argo Rollouts, its analyses, Argo CD and references between objects would trip over."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions

_NOT_IN_SET: Final = "-not-in-set"
Check = Callable[[ManifestSet, Versions], Iterator[Fault]]


@cache
def structural_checks() -> tuple[Check, ...]:
    """Return the checks of all families, in order."""
    from gitopsgen.validation.analysis import check_analysis  # noqa: PLC0415 - loaded when something is checked
    from gitopsgen.validation.argo_cd import check_argo_cd  # noqa: PLC0415 - the same
    from gitopsgen.validation.argo_rollouts import check_argo_rollouts  # noqa: PLC0415 - the same
    from gitopsgen.validation.references import check_references  # noqa: PLC0415 - the same

    return (check_argo_rollouts, check_analysis, check_argo_cd, check_references)


def check_structure(resources: ManifestSet, versions: Versions) -> Iterator[Fault]:
    """Yield every fault of ``resources`` that no policy file is needed for.

    What refers to something that is not in a partial set may be right.
    """
    for check in structural_checks():
        for fault in check(resources, versions):
            if not (resources.is_partial and fault.rule.endswith(_NOT_IN_SET)):
                yield fault
