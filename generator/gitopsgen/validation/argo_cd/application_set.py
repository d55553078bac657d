"""An ApplicationSet: its template mode, texts, policies and strategy, and the names it makes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at, text_at, walk
from gitopsgen.source.location import Path
from gitopsgen.source.reader import read
from gitopsgen.validation.argo_cd.generators import check_generators, is_only_a_list, list_elements
from gitopsgen.validation.argo_cd.template_text import go_parameters, go_template_error, legacy_placeholders

_OPTIONS: Final = frozenset(f"missingkey={word}" for word in ("default", "invalid", "zero", "error"))
_SYNC_POLICIES: Final = ("create-only", "create-update", "create-delete", "sync")
_STRATEGIES: Final = ("AllAtOnce", "RollingSync")
_SIMPLE_PARAMETER: Final = re.compile(r"\{\{-?\s*(\.?)([A-Za-z_][\w-]*)\s*-?\}\}")


def check_application_set(manifest: Manifest) -> Iterator[Fault]:
    """Yield what is wrong with an ApplicationSet itself; its template is checked as an Application is."""
    if not isinstance(manifest.body.get("spec"), Mapping):
        return
    yield from check_generators(manifest)
    yield from _check_template(manifest)
    yield from _check_options(manifest)
    yield from _check_texts(manifest)
    yield from _check_elements(manifest)
    yield from _check_policies(manifest)


def _check_template(manifest: Manifest) -> Iterator[Fault]:
    template = dig(manifest.body, "spec", "template")
    if not isinstance(template, Mapping):
        message = "the set has no template"
        yield _fault(manifest, "application-set-without-template", ("spec", "template"), message, "add `spec.template`")
        return
    metadata = map_at(template, "metadata")
    if not metadata.get("name"):
        generated = bool(metadata.get("generateName"))
        message = "generateName is refused" if generated else "the generated Applications have no name"
        key = "generateName" if generated else "name"
        path = ("spec", "template", "metadata", key)
        if generated or not dig(manifest.body, "spec", "templatePatch"):
            yield _fault(manifest, "generated-without-name", path, message, "add `name`, made of the parameters")
    project = text_at(template, "spec", "project")
    if "{{" in project:
        yield _fault(
            manifest,
            "generated-project-templated",
            ("spec", "template", "spec", "project"),
            f"whoever sets the parameters of `{project}` chooses which permissions apply",
            "name the project",
        )


def _check_options(manifest: Manifest) -> Iterator[Fault]:
    options = list_at(manifest.body, "spec", "goTemplateOptions")
    for index, option in enumerate(options):
        if isinstance(option, str) and option not in _OPTIONS:
            yield _fault(
                manifest,
                "unknown-go-template-option",
                ("spec", "goTemplateOptions", index),
                f"Go has no template option `{option}`: the controller panics on it and makes no Application",
                "write `missingkey=error`",
            )
    if options and dig(manifest.body, "spec", "goTemplate") is not True:
        yield _fault(
            manifest,
            "go-template-options-without-go-template",
            ("spec", "goTemplateOptions"),
            "the options have no effect without `goTemplate: true`",
            "add `goTemplate: true`",
        )


def _check_texts(manifest: Manifest) -> Iterator[Fault]:
    spec = map_at(manifest.body, "spec")
    go = spec.get("goTemplate") is True
    texts = [(path, value) for path, value in walk(map_at(spec, "template"), ("spec", "template"))]
    patch = spec.get("templatePatch")
    texts.append((("spec", "templatePatch"), patch))
    if isinstance(patch, str) and "{{" not in patch and not _is_map(patch):
        message = "the patch is no YAML map"
        yield _fault(
            manifest,
            "template-does-not-parse",
            ("spec", "templatePatch"),
            message,
            "write a map, as in `spec.template`",
        )
    for path, text in texts:
        if not isinstance(text, str) or "{{" not in text:
            continue
        yield from _check_go(manifest, path, text) if go else _check_legacy(manifest, path, text)


def _is_map(text: str) -> bool:
    stream = read(text, "templatePatch")
    broken = any(problem.rule == "yaml/syntax" for problem in stream.problems)
    return not broken and len(stream.documents) == 1 and isinstance(stream.documents[0].data, Mapping)


def _check_go(manifest: Manifest, path: Path, text: str) -> Iterator[Fault]:
    legacy = next(legacy_placeholders(text), "")
    if legacy:
        yield _fault(
            manifest,
            "legacy-placeholder-in-go-template",
            path,
            f"Go takes `{legacy}` for a function, and there is none of that name",
            f"write `{{{{.{legacy}}}}}`",
        )
    elif problem := go_template_error(text):
        yield _fault(manifest, "template-does-not-parse", path, f"the template {problem}", "close it")


def _check_legacy(manifest: Manifest, path: Path, text: str) -> Iterator[Fault]:
    parameter = next(go_parameters(text), "")
    if parameter:
        yield _fault(
            manifest,
            "go-template-without-mode",
            path,
            f"`{{{{{parameter}}}}}` stays as it is, because the set is no Go template",
            "add `goTemplate: true`, or write it without the dot",
            severity=None if path[-2:] == ("metadata", "name") else Severity.WARNING,
        )


def _check_elements(manifest: Manifest) -> Iterator[Fault]:
    """List elements: strings in the older mode, and enough of them for names to differ."""
    go = dig(manifest.body, "spec", "goTemplate") is True
    if not go:
        for path, element in list_elements(manifest):
            for key, value in element.items():
                if not isinstance(value, str) and not (key == "values" and isinstance(value, Mapping)):
                    yield _fault(
                        manifest,
                        "list-element-no-string",
                        (*path, key),
                        f"`{key}` is no string, and without `goTemplate: true` only strings are taken",
                        "quote it, or add `goTemplate: true`",
                    )
    name = text_at(manifest.body, "spec", "template", "metadata", "name")
    if is_only_a_list(manifest) and name:
        yield from _check_names(manifest, name, go=go)


def _check_names(manifest: Manifest, name: str, *, go: bool) -> Iterator[Fault]:
    rest = _SIMPLE_PARAMETER.sub("", name)
    if "{{" in rest:
        return
    seen: set[str] = set()
    for path, element in list_elements(manifest):
        made = _made_name(name, element, go=go)
        if "{{" in made:
            continue
        if made in seen:
            yield _fault(
                manifest,
                "generated-names-not-unique",
                path,
                f"two elements make an Application of the name `{made}`",
                "put a parameter that differs into `spec.template.metadata.name`",
            )
        seen.add(made)


def _made_name(name: str, element: Mapping[str, Any], *, go: bool) -> str:
    """Return ``name`` with the element's parameters filled in, as far as they are strings."""

    def fill(found: re.Match[str]) -> str:
        value = element.get(found[2])
        return value if isinstance(value, str) and bool(found[1]) == go else found[0]

    return _SIMPLE_PARAMETER.sub(fill, name)


def _check_policies(manifest: Manifest) -> Iterator[Fault]:
    policy = dig(manifest.body, "spec", "syncPolicy", "applicationsSync")
    if isinstance(policy, str) and policy not in _SYNC_POLICIES:
        yield _fault(
            manifest,
            "unknown-applications-sync",
            ("spec", "syncPolicy", "applicationsSync"),
            f"there is no policy `{policy}`",
            f"write one of {', '.join(_SYNC_POLICIES)}",
        )
    strategy = map_at(manifest.body, "spec", "strategy")
    kind = strategy.get("type")
    if isinstance(kind, str) and kind not in ("", *_STRATEGIES):
        yield _fault(
            manifest,
            "unknown-strategy",
            ("spec", "strategy", "type"),
            f"the strategy `{kind}` is unknown, and counts as AllAtOnce",
            f"write one of {', '.join(_STRATEGIES)}",
        )
    if kind == "RollingSync" and not list_at(strategy, "rollingSync", "steps"):
        yield _fault(
            manifest,
            "rolling-sync-without-steps",
            ("spec", "strategy"),
            "RollingSync has no steps, and nothing is ever synced",
            "add `rollingSync: {steps: [...]}`",
        )
    if strategy.get("deletionOrder") == "Reverse" and not (
        kind == "RollingSync" and list_at(strategy, "rollingSync", "steps")
    ):
        yield _fault(
            manifest,
            "reverse-deletion-without-rolling-sync",
            ("spec", "strategy", "deletionOrder"),
            "`Reverse` is ignored without RollingSync and its steps",
            "add `type: RollingSync` with steps, or delete it",
        )


def _fault(
    manifest: Manifest, rule: str, path: Path, message: str, fix: str, *, severity: Severity | None = None
) -> Fault:
    return Fault(rule=f"argo-cd/{rule}", manifest=manifest, path=path, message=message, fix=fix, severity=severity)
