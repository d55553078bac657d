"""Label selectors, and an index that answers them without looking at every object."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from gitopsgen.model.manifest import dig, list_at, map_at, text_at

Labelled = TypeVar("Labelled")

# Kubernetes and the Rollouts controller put these on pods; no template has them.
_ADDED: Final = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """What labels are asked for: values by key, and expressions of key, operator and values."""

    labels: Mapping[str, str]
    expressions: tuple[tuple[str, str, tuple[Any, ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything is selected."""
        return not self.labels and not self.expressions

    def matches(self, labels: Mapping[str, Any]) -> bool:
        """Tell whether an object with ``labels`` is selected."""
        return all(labels.get(key) == value for key, value in self.labels.items()) and all(
            _holds(labels, *expression) for expression in self.expressions
        )

    def __str__(self) -> str:
        parts = [f"{key}={value}" for key, value in self.labels.items()]
        return ",".join([*parts, *(f"{key} {operator}" for key, operator, _ in self.expressions)])


def plain_selector(labels: Mapping[str, Any]) -> Selector:
    """Return the selector of a Service, a map of labels."""
    return Selector(
        labels={key: value for key, value in labels.items() if isinstance(value, str) and key not in _ADDED}
    )


def label_selector(body: object) -> Selector:
    """Return a selector with ``matchLabels`` and ``matchExpressions``."""
    expressions = tuple(
        (text_at(entry, "key"), text_at(entry, "operator"), tuple(list_at(entry, "values")))
        for entry in list_at(body, "matchExpressions")
        if text_at(entry, "key") and text_at(entry, "key") not in _ADDED
    )
    return Selector(labels=plain_selector(map_at(body, "matchLabels")).labels, expressions=expressions)


class LabelIndex(Generic[Labelled]):
    """Objects by each of their labels; a question goes to the rarest label it asks for."""

    def __init__(self, objects: Iterable[tuple[Mapping[str, Any], str, Labelled]]) -> None:
        """Take each object with its labels and its namespace."""
        self._all: list[tuple[Mapping[str, Any], str, Labelled]] = []
        self._by_label: defaultdict[tuple[str, str], list[tuple[Mapping[str, Any], str, Labelled]]] = defaultdict(list)
        for entry in objects:
            self._all.append(entry)
            for key, value in entry[0].items():
                if isinstance(value, str):
                    self._by_label[key, value].append(entry)

    def select(self, selector: Selector, namespace: str | None) -> Iterator[Labelled]:
        """Yield what is selected in ``namespace``; ``None`` is every namespace, and an object without one is in any."""
        candidates = self._all
        for pair in selector.labels.items():
            found = self._by_label.get(pair)
            if found is None:
                return
            if len(found) < len(candidates):
                candidates = found
        for labels, place, labelled in candidates:
            if (not namespace or not place or place == namespace) and selector.matches(labels):
                yield labelled


def _holds(labels: Mapping[str, Any], key: str, operator: str, values: tuple[Any, ...]) -> bool:
    match operator:
        case "In":
            return dig(labels, key) in values
        case "NotIn":
            return dig(labels, key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return True
