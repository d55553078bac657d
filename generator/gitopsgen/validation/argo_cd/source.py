"""Where an Application takes its manifests from: repository, path or chart, revisions, refs."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import dig, list_at, text_at
from gitopsgen.source.location import Path, format_path
from gitopsgen.validation.argo_cd.helm import check_helm
from gitopsgen.validation.argo_cd.spec import PRODUCTION, ApplicationSpec, Source, is_templated

_PRODUCTION_WORD: Final = re.compile(r"\b(?:prod|production)\b")
_REF: Final = re.compile(r"[A-Za-z0-9_-]+")
_REF_USE: Final = re.compile(r"\$([^/]*)")
_RANGE: Final = re.compile(r"[*^~<>|]|(?:^|[.])[xX](?:[.]|$)")
_ENTRIES: Final[Mapping[Path, tuple[str, ...]]] = {
    ("plugin", "env"): ("name", "value"),
    ("directory", "jsonnet", "extVars"): ("name", "value"),
    ("directory", "jsonnet", "tlas"): ("name", "value"),
    ("kustomize", "replicas"): ("name", "count"),
}
_TOOLS: Final = ("helm", "kustomize", "directory", "plugin")


def check_sources(application: ApplicationSpec) -> Iterator[Fault]:
    """Yield what is wrong with the sources of an Application, and with what they say of each other."""
    yield from _check_choice(application)
    for source in application.sources:
        if source.role != "sourceHydrator":
            yield from _check_source(application, source)
        yield from _check_tools(application, source)
        yield from check_helm(application, source)
        yield from _check_entries(application, source)
    yield from _check_refs(application)
    if dig(application.spec, "sources"):
        yield from _check_names(application)


def _check_choice(application: ApplicationSpec) -> Iterator[Fault]:
    """Of two ways to say where the manifests are, one is ignored without a word."""
    present = [key for key in ("sourceHydrator", "sources", "source") if dig(application.spec, key)]
    for loser in present[1:]:
        yield application.fault(
            "source-ignored",
            application.path(loser),
            f"`{loser}` is ignored, because `{present[0]}` is there",
            f"delete `{loser}` or `{present[0]}`",
        )


def _check_source(application: ApplicationSpec, source: Source) -> Iterator[Fault]:
    several = source.role == "sources"
    places = ("path", "chart", "ref") if several else ("path", "chart")
    if application.may_be_completed and not source.body:
        return
    if not source.text("repoURL"):
        yield application.fault(
            "source-without-repository",
            (*source.path, "repoURL"),
            "the source names no repository",
            "add `repoURL`",
        )
    elif not any(source.body.get(place) for place in places) and not application.may_be_completed:
        yield application.fault(
            "source-without-path",
            source.path,
            f"the source has none of {', '.join(places)}",
            f"add one of {', '.join(f'`{place}`' for place in places)}",
        )
    elif source.text("chart") and not source.body.get("targetRevision"):
        yield application.fault(
            "chart-without-revision",
            source.path,
            f"the chart `{source.text('chart')}` has no version",
            "add `targetRevision`",
        )
    if source.text("chart") and source.text("path"):
        yield application.fault(
            "chart-and-path",
            (*source.path, "path"),
            f"the path `{source.text('path')}` is ignored, because the source is a chart of a repository",
            "delete `path` or `chart`",
        )
    yield from _check_revision(application, source)


def _check_revision(application: ApplicationSpec, source: Source) -> Iterator[Fault]:
    """A revision that moves by itself lets production change without a commit."""
    revision = source.text("targetRevision")
    path = (*source.path, "targetRevision")
    if source.text("chart") and not is_templated(revision) and _RANGE.search(revision):
        message = f"what is deployed is whatever chart version `{revision}` means at the time"
        yield application.fault("floating-revision", path, message, "name one version")
    elif not source.text("chart") and _follows_default_branch(application, source):
        is_production = _is_production(application)
        who = "production" if is_production else "the Application"
        yield application.fault(
            "floating-revision",
            path,
            f"{who} follows whatever branch the repository has as its default",
            "name a branch or a tag",
            severity=None if is_production else Severity.INFO,
        )


def _follows_default_branch(application: ApplicationSpec, source: Source) -> bool:
    written = source.body.get("targetRevision")
    return written == "HEAD" or (written in (None, "") and not application.may_be_completed)


def _is_production(application: ApplicationSpec) -> bool:
    """Tell whether an Application is for production: by its tier, for files of other tools by its name or namespace."""
    manifest = application.manifest
    if manifest.environment:
        return manifest.tier == PRODUCTION
    return bool(_PRODUCTION_WORD.search(f"{application.name} {application.namespace}"))


def _check_tools(application: ApplicationSpec, source: Source) -> Iterator[Fault]:
    tools = [tool for tool in _TOOLS if _is_used(dig(source.body, tool), tool)]
    if len(tools) > 1:
        yield application.fault(
            "several-source-tools",
            (*source.path, tools[1]),
            f"the source is for {' and for '.join(tools)} at once",
            "keep one of them",
        )


def _check_entries(application: ApplicationSpec, source: Source) -> Iterator[Fault]:
    for keys, names in _ENTRIES.items():
        for index, entry in enumerate(list_at(source.body, *keys)):
            for name in names:
                if isinstance(entry, Mapping) and entry.get(name) is None:
                    yield application.fault(
                        "entry-incomplete",
                        (*source.path, *keys, index, name),
                        f"an entry of `{format_path(keys)}` has no `{name}`",
                        f"add `{name}`",
                    )


def _is_used(block: object, tool: str) -> bool:
    """Tell whether a tool's block says something; Argo CD drops the ones that do not."""
    if not isinstance(block, Mapping):
        return False
    if tool == "plugin":
        return True
    return any(value not in (None, "", False, [], {}) for value in block.values())


def _check_refs(application: ApplicationSpec) -> Iterator[Fault]:
    defined: dict[str, Source] = {}
    for source in application.sources:
        ref = source.text("ref")
        if ref and not is_templated(ref):
            yield from _check_ref(application, source, ref, defined)
            defined.setdefault(ref, source)
    used = set()
    for path, text, ref in _uses(application):
        used.add(ref)
        if ref not in defined and not is_templated(ref) and not _is_build_variable(ref):
            yield application.fault(
                "undefined-source-ref",
                path,
                f"`{text}` begins with the ref `{ref}`, and no source has it",
                f"add `ref: {ref}` to the source that holds the file",
            )
    for ref, source in defined.items():
        if ref not in used and not source.text("path") and not source.text("chart"):
            yield application.fault(
                "unused-source-ref",
                (*source.path, "ref"),
                f"no value file begins with `${ref}`, so this source adds nothing",
                f"write `${ref}/…` in `valueFiles`, or delete the source",
            )


def _check_ref(
    application: ApplicationSpec, source: Source, ref: str, defined: Mapping[str, Source]
) -> Iterator[Fault]:
    path = (*source.path, "ref")
    # One source alone is not looked at: refs are for the others.
    several = len(application.sources) > 1
    if several and not _REF.fullmatch(ref):
        message = f"the ref `{ref}` has other characters than letters, digits, `-` and `_`"
        yield application.fault("source-ref-invalid", path, message, "rename it")
    if several and ref in defined:
        yield application.fault(
            "duplicate-source-ref", path, f"the ref `{ref}` is used by two sources", "give each its own"
        )
    if source.text("chart"):
        message = f"the ref `{ref}` is on a chart, where value files cannot be looked up as in a repository"
        yield application.fault("source-ref-on-chart", path, message, "put the ref on a source of its own")


def _uses(application: ApplicationSpec) -> Iterator[tuple[Path, str, str]]:
    """Yield where a file is named by a ref: the place, the text, and the ref."""
    for source in application.sources:
        for index, entry in enumerate(list_at(source.body, "helm", "valueFiles")):
            if isinstance(entry, str) and (use := _REF_USE.match(entry)):
                yield (*source.path, "helm", "valueFiles", index), entry, use[1]
        for index, entry in enumerate(list_at(source.body, "helm", "fileParameters")):
            text = text_at(entry, "path")
            if use := _REF_USE.match(text):
                yield (*source.path, "helm", "fileParameters", index, "path"), text, use[1]


def _is_build_variable(name: str) -> bool:
    """Tell whether ``name`` is filled in from the build environment, ``$ARGOCD_APP_NAME``."""
    return name.strip("{}").startswith(("ARGOCD_", "KUBE_"))


def _check_names(application: ApplicationSpec) -> Iterator[Fault]:
    names = Counter(name for source in application.sources if (name := source.text("name")) and not is_templated(name))
    for source in application.sources:
        name = source.text("name")
        if names[name] > 1:
            names[name] = 0
            yield application.fault(
                "duplicate-source-name",
                (*source.path, "name"),
                f"two sources have the name `{name}`",
                "give each its own",
            )
