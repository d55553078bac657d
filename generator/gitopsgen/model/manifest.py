"""One Kubernetes object, and a set of them that is looked up by kind and name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gitopsgen.source.location import Path

Body: TypeAlias = Mapping[str, Any]
"""An object as YAML gives it: plain dicts, lists and scalars."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectId:
    """What Kubernetes tells two objects apart by; ``namespace`` is empty for cluster-scoped ones."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Manifest:
    """One object, and where it came from.

    ``file`` is the file it is (or will be) written to, relative to the repository; ``document`` counts the YAML
    documents before it in that file. ``release`` is ``env/app`` for what a release renders, ``environment`` is set for
    all that an environment renders; both are empty for files that other tools wrote. ``template`` names the template
    that drew a rendered object, relative to the templates' folder. ``virtual`` is an object that is checked and not
    written: a chart draws it.
    """

    body: Body
    file: str
    document: int = 0
    release: str = ""
    environment: str = ""
    app: str = ""
    tier: str = ""
    template: str = ""
    virtual: bool = False

    @property
    def api_version(self) -> str:
        """``apps/v1``; empty when it is missing or not a string."""
        return text_at(self.body, "apiVersion")

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def version(self) -> str:
        """The API version without its group, ``v1``."""
        return self.api_version.rpartition("/")[2]

    @property
    def kind(self) -> str:
        """The kind, empty when it is missing or not a string."""
        return text_at(self.body, "kind")

    @property
    def name(self) -> str:
        """``metadata.name``, empty when it is missing or not a string."""
        return text_at(self.body, "metadata", "name")

    @property
    def namespace(self) -> str:
        """``metadata.namespace``, empty when it is missing or not a string."""
        return text_at(self.body, "metadata", "namespace")

    @property
    def id(self) -> ObjectId:
        """Group, kind, namespace and name."""
        return ObjectId(self.group, self.kind, self.namespace, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationNames:
    """What Argo CD's notification ConfigMap in the cluster is said to define; ``None`` for what is not said."""

    triggers: frozenset[str] | None = None
    services: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ManifestSet:
    """Manifests that are applied together, in order, with an index.

    ``externals`` are objects that are said to exist in the cluster (an App's ``externals``), as ``kind/name``.
    ``series`` are what Apps say that Prometheus has of them (an App's ``metrics``). ``notifications`` is what the
    Environment says of Argo CD (``argocd.notificationConfig``). ``is_partial`` tells that something which belongs to
    it could not be rendered, so that what is not in it may still be there.
    """

    manifests: tuple[Manifest, ...]
    externals: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()
    notifications: NotificationNames = NotificationNames()
    is_partial: bool = False
    _by_kind: Mapping[tuple[str, str], tuple[Manifest, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
        for manifest in self.manifests:
            index[manifest.group, manifest.kind].append(manifest)
        object.__setattr__(self, "_by_kind", {key: tuple(found) for key, found in index.items()})

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self.manifests)

    def __len__(self) -> int:
        return len(self.manifests)

    def of_kind(self, kind: str, group: str = "") -> tuple[Manifest, ...]:
        """Return the manifests of one group and kind, in order."""
        return self._by_kind.get((group, kind), ())

    def get(self, kind: str, name: str, namespace: str = "", group: str = "") -> Manifest | None:
        """Return the object of that identity; one without a namespace matches any, as ``kubectl apply -n`` would."""
        for manifest in self.of_kind(kind, group):
            if manifest.name == name and (not namespace or manifest.namespace in ("", namespace)):
                return manifest
        return None

    def has_external(self, kind: str, name: str) -> bool:
        """Tell whether the descriptor says that this object exists in the cluster."""
        return f"{kind}/{name}" in self.externals


def dig(value: object, *path: str | int) -> Any:  # noqa: ANN401 - what lies in a document is anything
    """Return what lies at ``path`` in ``value``, ``None`` when a step of it is not there."""
    for part in path:
        if type(value) is dict:  # nearly always, and much cheaper to ask than for a Mapping
            if part not in value:
                return None
            value = value[part]
        elif isinstance(value, list | tuple):
            if not isinstance(part, int) or not -len(value) <= part < len(value):
                return None
            value = value[part]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            return None
    return value


def nearest(value: object, path: Path) -> Path:
    """Return as much of ``path`` as there is in ``value``."""
    while path and not _has(dig(value, *path[:-1]), path[-1]):
        path = path[:-1]
    return path


def _has(parent: object, key: str | int) -> bool:
    if isinstance(parent, Mapping):
        return key in parent
    return isinstance(parent, list) and isinstance(key, int) and key < len(parent)


def text_at(value: object, *path: str | int) -> str:
    """Return the string at ``path``, empty when it is not there or not a string."""
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def map_at(value: object, *path: str | int) -> Mapping[str, Any]:
    """Return the mapping at ``path``, empty when it is not there or not a mapping."""
    found = dig(value, *path)
    return found if isinstance(found, Mapping) else {}


def list_at(value: object, *path: str | int) -> list[Any]:
    """Return the list at ``path``, empty when it is not there or not a list."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def walk(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every scalar leaf of ``value`` with its path; an empty mapping or list is a leaf."""
    children: Iterable[tuple[str | int, object]]
    if isinstance(value, Mapping) and value:
        children = value.items()
    elif isinstance(value, list | tuple) and value:
        children = enumerate(value)
    else:
        yield path, value
        return
    for key, child in children:
        yield from walk(child, (*path, key))
