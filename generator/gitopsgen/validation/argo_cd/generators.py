"""The generators of an ApplicationSet: known ones, complete ones, and how they nest."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, dig, list_at, text_at
from gitopsgen.source.location import Path

_NESTING: Final = ("matrix", "merge")
_KINDS: Final = frozenset(
    {"list", "clusters", "git", "scmProvider", "pullRequest", "clusterDecisionResource", "plugin", *_NESTING}
)
_BESIDE: Final = frozenset({"selector"})
_REQUIRED: Final[Mapping[str, tuple[Path, ...]]] = {
    "git": (("repoURL",), ("revision",)),
    "plugin": (("configMapRef", "name"),),
    "clusterDecisionResource": (("configMapRef",),),
}
_DEEPEST: Final = 2


def check_generators(manifest: Manifest) -> Iterator[Fault]:
    """Yield what is wrong with the generators of an ApplicationSet."""
    generators = dig(manifest.body, "spec", "generators")
    path = ("spec", "generators")
    if not isinstance(generators, list) or not generators:
        yield _fault(
            manifest,
            "no-generators",
            path,
            "without a generator the set makes no Application, and says that all went well",
            "add a generator, such as `- list: {elements: [{env: dev}]}`",
        )
        return
    for index, generator in enumerate(generators):
        yield from _check_generator(manifest, (*path, index), generator, depth=0)


def _check_generator(manifest: Manifest, path: Path, generator: object, *, depth: int) -> Iterator[Fault]:
    if not isinstance(generator, Mapping):
        return
    kinds = [key for key in generator if key in _KINDS]
    for key in generator:
        if key not in _KINDS and key not in _BESIDE:
            near = get_close_matches(str(key), _KINDS, n=1)
            yield _fault(
                manifest,
                "unknown-generator",
                (*path, key),
                f"there is no generator `{key}`: it makes no Application",
                f"write `{near[0]}`" if near else f"write one of {', '.join(sorted(_KINDS))}",
            )
    if depth and len(kinds) > 1:
        yield _fault(
            manifest,
            "several-generators-in-one",
            (*path, kinds[1]),
            f"a nested entry holds {' and '.join(kinds)}, and only one is allowed",
            "make two entries of it",
        )
    for kind in kinds:
        body = generator[kind]
        if isinstance(body, Mapping):
            yield from _check_required(manifest, (*path, kind), kind, body)
            if kind in _NESTING:
                yield from _check_nesting(manifest, (*path, kind), kind, body, depth=depth)


def _check_required(manifest: Manifest, path: Path, kind: str, body: Mapping[str, Any]) -> Iterator[Fault]:
    missing = [keys for keys in _REQUIRED.get(kind, ()) if not dig(body, *keys)]
    if kind == "git" and not body.get("directories") and not body.get("files"):
        missing.append(("directories",))
    for keys in missing:
        yield _fault(
            manifest,
            "generator-incomplete",
            (*path, *keys),
            f"the {kind} generator has no `{'.'.join(map(str, keys))}`",
            f"add `{keys[-1]}`",
        )


def _check_nesting(
    manifest: Manifest, path: Path, kind: str, body: Mapping[str, Any], *, depth: int
) -> Iterator[Fault]:
    children = list_at(body, "generators")
    path_of_children = (*path, "generators")
    if kind == "matrix" and len(children) != 2:  # noqa: PLR2004 - a matrix is of two
        message = f"a matrix has exactly two generators, and this one has {len(children)}"
        yield _fault(manifest, "matrix-arity", path_of_children, message, "nest a second matrix for a third one")
    if kind == "merge" and len(children) < 2:  # noqa: PLR2004 - a merge is of two or more
        message = f"a merge has two or more generators, and this one has {len(children)}"
        yield _fault(manifest, "merge-arity", path_of_children, message, "add a second generator")
    if kind == "merge":
        yield from _check_merge_keys(manifest, path, body, children)
    if depth + 1 > _DEEPEST - 1 and any(dig(child, nested) for child in children for nested in _NESTING):
        message = "matrix and merge nest two levels deep at most"
        yield _fault(manifest, "generators-nested-too-deep", path_of_children, message, "flatten them")
        return
    for index, child in enumerate(children):
        yield from _check_generator(manifest, (*path_of_children, index), child, depth=depth + 1)


def _check_merge_keys(manifest: Manifest, path: Path, body: Mapping[str, Any], children: list[Any]) -> Iterator[Fault]:
    keys = [key for key in list_at(body, "mergeKeys") if isinstance(key, str)]
    if not keys:
        message = "a merge without merge keys makes no Application"
        yield _fault(manifest, "merge-without-keys", (*path, "mergeKeys"), message, "add `mergeKeys`")
        return
    for index, child in enumerate(children):
        seen: set[tuple[str, ...]] = set()
        for position, element in enumerate(list_at(child, "list", "elements")):
            if not isinstance(element, Mapping) or any("." in key for key in keys):
                continue
            value = tuple(repr(element.get(key)) for key in keys)
            if value in seen:
                yield _fault(
                    manifest,
                    "merge-keys-not-unique",
                    (*path, "generators", index, "list", "elements", position),
                    f"two elements have the same {', '.join(keys)}, which a merge refuses",
                    "make the merge keys tell them apart",
                )
            seen.add(value)


def list_elements(manifest: Manifest) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the elements of the list generators at the top of an ApplicationSet."""
    for index, generator in enumerate(list_at(manifest.body, "spec", "generators")):
        for position, element in enumerate(list_at(generator, "list", "elements")):
            if isinstance(element, Mapping):
                yield ("spec", "generators", index, "list", "elements", position), element


def is_only_a_list(manifest: Manifest) -> bool:
    """Tell whether list generators alone make the Applications, so that their parameters are known."""
    generators = list_at(manifest.body, "spec", "generators")
    return bool(generators) and all(
        isinstance(generator, Mapping)
        and generator.keys() == {"list"}
        and not text_at(generator, "list", "elementsYaml")
        and not dig(generator, "list", "template")
        for generator in generators
    )


def _fault(manifest: Manifest, rule: str, path: Path, message: str, fix: str) -> Fault:
    return Fault(rule=f"argo-cd/{rule}", manifest=manifest, path=path, message=message, fix=fix)
