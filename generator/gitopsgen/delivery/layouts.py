"""How the tree of an Environment lies on a branch of its own: as it lies in ``rendered/``, or as the hydrator lays it.

Source: argo-cd v3.3, docs/user-guide/source-hydrator.md, commitserver/commit/hydratorhelper.go and
util/hydrator/hydrator.go: one ``manifest.yaml`` a folder, ``hydrator.metadata`` and ``README.md`` beside it, and at the
top ``hydrator.metadata`` of the commit that all comes from, and ``.gitattributes``.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gitopsgen.git.plumbing import Source
from gitopsgen.tree.header import body_of, with_header
from gitopsgen.tree.state import TREE

MARKER: Final = ".gitopsgen.json"
"""The file by which a branch is known to be one that this tool publishes to."""

METADATA: Final = "hydrator.metadata"
NOTES: Final = "refs/notes/hydrator.metadata"
_README: Final = "README.md"
MANIFEST: Final = "manifest.yaml"
_ATTRIBUTES: Final = ".gitattributes"


class Layout(StrEnum):
    """How a branch is laid out."""

    PLAIN = "plain"
    HYDRATOR = "hydrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What goes onto a branch, by the path from its top.

    ``provenance`` are files that name the commit all comes from, and so are only renewed with what they stand beside:
    they are by the path of that file, those of the whole branch by an empty one.
    """

    texts: Mapping[str, str]
    provenance: Mapping[str, Mapping[str, str]]


def plain(environment: str, folder: str, texts: Mapping[str, str]) -> Published:
    """Return the files of ``rendered/env/`` below ``folder``, each as it is."""
    return Published(texts={**_moved(folder, texts), MARKER: _marker(environment, Layout.PLAIN)}, provenance={})


def hydrated(environment: str, folder: str, texts: Mapping[str, str], source: Source, repository: str) -> Published:
    """Return the same objects in one ``manifest.yaml`` for each folder that Argo CD reads.

    The folders are those that the Applications name. The root Application stays a file of its own, for the folder
    beside it excludes it; the Helm values of a chart stay too.
    """
    written = {MARKER: _marker(environment, Layout.HYDRATOR)}
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in sorted(_moved(folder, texts).items()):
        place = _read_as(path.removeprefix(f"{folder}/"))
        if place:
            folders[f"{folder}/{place}" if folder else place].append(body_of(text))
        else:
            written[path] = text
    command = f"gitopsgen render --env {environment}"
    metadata = _json({"repoURL": repository, "drySha": source.commit, "commands": [command]})
    readme = _readme(repository, source.commit, command)
    provenance: dict[str, Mapping[str, str]] = {}
    for place, bodies in folders.items():
        manifest = f"{place}/{MANIFEST}"
        written[manifest] = with_header("---\n".join(bodies), [place])
        provenance[manifest] = {f"{place}/{METADATA}": metadata, f"{place}/{_README}": readme}
    written[_ATTRIBUTES] = f"**/{_README} linguist-generated=true\n**/{METADATA} linguist-generated=true\n"
    top = {
        "repoURL": repository,
        "drySha": source.commit,
        "author": f"{source.author.name} <{source.author.email}>",
        "date": source.when,
        "subject": source.subject,
        "body": source.body,
    }
    provenance[""] = {METADATA: _json({key: value for key, value in top.items() if value})}
    return Published(texts=written, provenance=provenance)


def _moved(folder: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the files of ``rendered/`` where a branch has them."""
    return {f"{folder}{path.removeprefix(TREE)}".lstrip("/"): text for path, text in texts.items()}


def _read_as(path: str) -> str:
    """Return the folder that Argo CD reads a file of (``env/app/manifests/…``) with others; empty for one by itself."""
    match path.split("/"):
        case [environment, "argocd", *rest] if rest != ["root.yaml"]:
            return f"{environment}/argocd"
        case [environment, app, "manifests", *_]:
            return f"{environment}/{app}/manifests"
        case _:
            return ""


def _marker(environment: str, layout: Layout) -> str:
    return _json({"publishedBy": "gitopsgen", "environment": environment, "layout": layout.value})


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _readme(repository: str, commit: str, command: str) -> str:
    return (
        "# What this folder is made of\n\nIts manifests are rendered, and not edited here. To render them again:\n\n"
        f"```shell\ngit clone {repository}\n# in the cloned folder\ngit checkout {commit}\n{command}\n```\n"
    )
