"""Every name that one object of a set uses of another must lead somewhere."""

from collections.abc import Iterator

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.validation.references.access import check_access, check_projects
from gitopsgen.validation.references.analysis_secrets import check_analysis_secrets
from gitopsgen.validation.references.duplicates import check_duplicates
from gitopsgen.validation.references.index import Index
from gitopsgen.validation.references.monitors import check_monitors
from gitopsgen.validation.references.pod_references import check_pod_references
from gitopsgen.validation.references.prometheuses import check_prometheuses
from gitopsgen.validation.references.routes import check_routes
from gitopsgen.validation.references.scaling import check_scaling
from gitopsgen.validation.references.scraped_twice import check_scraped_twice
from gitopsgen.validation.references.secrets import Stock
from gitopsgen.validation.references.services import check_services

__all__ = ["check_references"]


def check_references(resources: ManifestSet, versions: Versions) -> Iterator[Fault]:
    """Yield each reference that resolves to nothing in the set, and each object that is in it twice.

    What a rendered manifest needs and the set does not have is an error, where it is of a kind that is rendered too; a
    manifest of another tool may rest on anything, and gets an info. Names that the descriptor calls external resolve.
    """
    index = Index(resources, versions)
    yield from check_duplicates(index)
    yield from check_services(index)
    yield from check_routes(index)
    stock = Stock(index)
    yield from check_pod_references(index, stock)
    yield from check_analysis_secrets(index, stock)
    yield from check_scaling(index)
    yield from check_monitors(index)
    yield from check_scraped_twice(index)
    yield from check_prometheuses(index)
    yield from check_access(index)
    yield from check_projects(index)
