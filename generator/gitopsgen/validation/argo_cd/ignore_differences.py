"""``ignoreDifferences``: entries that match nothing, break the comparison, or freeze a list."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, list_at, text_at
from gitopsgen.validation.argo_cd.glob import matches
from gitopsgen.validation.argo_cd.scopes import groups_of, is_known_group
from gitopsgen.validation.argo_cd.spec import ApplicationSpec, is_templated

_NO_GROUPS: Final = frozenset({"core", "v1"})
_BUILT_IN_GROUPS: Final = frozenset({"", "apps", "batch", "autoscaling", "policy", "extensions"})
_INTO_LIST: Final = re.compile(r"\[[^\]\"]*\]|/\d+(/|$)|/-(/|$)")
_JQ_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_BAD_ESCAPE: Final = re.compile(r"~(?![01])")


def check_ignore_differences(application: ApplicationSpec) -> Iterator[Fault]:
    """Yield the entries of ``ignoreDifferences`` that do something else than they look."""
    for index, entry in enumerate(list_at(application.spec, "ignoreDifferences")):
        if isinstance(entry, Mapping):
            yield from _check_group(application, index, entry)
            yield from _check_pointers(application, index, entry)
            yield from _check_expressions(application, index, entry)
            yield from _check_lists(application, index, entry)


def ignores(application: ApplicationSpec, manifest: Manifest, *marks: str) -> bool:
    """Tell whether an entry is for ``manifest`` and ignores a field: its pointer or path holds one of ``marks``."""
    return any(
        matches(text_at(entry, "group"), manifest.group)
        and matches(text_at(entry, "kind"), manifest.kind)
        and text_at(entry, "name") in ("", manifest.name)
        and (not manifest.namespace or text_at(entry, "namespace") in ("", manifest.namespace))
        and any(mark in text for mark in marks for text in _texts(entry))
        for entry in application.ignored
    )


def _texts(entry: Mapping[str, Any]) -> Iterator[str]:
    for key in ("jsonPointers", "jqPathExpressions", "managedFieldsManagers"):
        yield from (text for text in list_at(entry, key) if isinstance(text, str))


def _check_group(application: ApplicationSpec, index: int, entry: Mapping[str, Any]) -> Iterator[Fault]:
    group, kind = text_at(entry, "group"), text_at(entry, "kind")
    if is_templated(group) or is_templated(kind):
        return
    known = groups_of(kind)
    if not group and known and "" not in known:
        yield application.fault(
            "ignore-differences-without-group",
            application.path("ignoreDifferences", index),
            f"without a group the entry is for kind `{kind}` of the core group, and matches nothing",
            f"add `group: {known[0]}`",
        )
    elif "/" in group or group in _NO_GROUPS or (known and is_known_group(group) and group not in known):
        yield application.fault(
            "ignore-differences-wrong-group",
            application.path("ignoreDifferences", index, "group"),
            f"no object of kind `{kind}` has the group `{group}`: the entry matches nothing",
            f'write `group: "{known[0]}"`' if known else "write the group without its version",
        )


def _check_pointers(application: ApplicationSpec, index: int, entry: Mapping[str, Any]) -> Iterator[Fault]:
    for position, pointer in enumerate(list_at(entry, "jsonPointers")):
        if not isinstance(pointer, str) or is_templated(pointer):
            continue
        if not pointer.startswith("/") or _BAD_ESCAPE.search(pointer):
            fix = f"write `/{pointer.lstrip('.').replace('.', '/')}`" if pointer[:1] != "/" else "write `~0` for `~`"
            yield application.fault(
                "ignore-differences-pointer",
                application.path("ignoreDifferences", index, "jsonPointers", position),
                f"`{pointer}` is no JSON pointer, and ignores nothing",
                fix,
            )


def _check_expressions(application: ApplicationSpec, index: int, entry: Mapping[str, Any]) -> Iterator[Fault]:
    for position, expression in enumerate(list_at(entry, "jqPathExpressions")):
        if isinstance(expression, str) and not is_templated(expression) and (problem := _jq_error(expression)):
            yield application.fault(
                "ignore-differences-jq",
                application.path("ignoreDifferences", index, "jqPathExpressions", position),
                f"the jq path `{expression}` {problem}: the comparison of the whole Application fails",
                "write a jq path, such as `.spec.template.spec.containers[].image`",
            )


def _check_lists(application: ApplicationSpec, index: int, entry: Mapping[str, Any]) -> Iterator[Fault]:
    group, kind = text_at(entry, "group"), text_at(entry, "kind")
    custom = "." in group and not group.endswith(".k8s.io") and group not in _BUILT_IN_GROUPS
    if not application.respects_ignored or not custom:
        return
    for key in ("jsonPointers", "jqPathExpressions"):
        for position, text in enumerate(list_at(entry, key)):
            if isinstance(text, str) and _INTO_LIST.search(text):
                yield application.fault(
                    "respect-freezes-list",
                    application.path("ignoreDifferences", index, key, position),
                    f"with RespectIgnoreDifferences=true the whole list of the {kind} that `{text}` leads into "
                    "is never changed again",
                    "name a field outside of lists, or take out `RespectIgnoreDifferences=true`",
                )


def _jq_error(expression: str) -> str:
    """Return what a look at quotes, brackets and the ends finds wrong with a jq path."""
    text = expression.strip()
    if not text:
        return "is empty"
    if problem := _bracket_error(text):
        return problem
    return "is no jq path" if text[0] in "/$" or text[-1] in ".|," or "." not in text else ""


def _bracket_error(text: str) -> str:
    expected: list[str] = []
    bare = _JQ_STRING.sub("", text)
    if '"' in bare:
        return "has a quote that is not closed"
    for mark in bare:
        if mark in _CLOSING:
            expected.append(_CLOSING[mark])
        elif mark in ")]}" and (not expected or expected.pop() != mark):
            return f"has a `{mark}` that nothing opened"
    return f"has no closing `{expected[-1]}`" if expected else ""
