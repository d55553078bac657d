"""What had a say about each file of a release or an Environment."""

from dataclasses import dataclass, field

from gitopsgen.reach.model import Unit
from gitopsgen.templating.leaves import file_traces
from gitopsgen.templating.traced import Trace
from gitopsgen.templating.tracing import Tracer


@dataclass(kw_only=True)
class FileTraces:
    """The traces of files, each taken together, which are kept; those of single values are not: they are large."""

    tracer: Tracer
    _known: dict[str, list[tuple[str, Trace]]] = field(default_factory=dict)

    def of(self, unit: Unit) -> list[tuple[str, Trace]]:
        """Return the files of ``unit``, with all that had a say about anything in them."""
        if unit.name not in self._known:
            rendering = self.tracer.rendering(unit)
            self._known[unit.name] = list(file_traces(rendering))
        return self._known[unit.name]
