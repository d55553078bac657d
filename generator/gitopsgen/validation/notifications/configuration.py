"""What a notification ConfigMap defines, and how it fails.

Source: notifications-engine v0.5.0, pkg/api/config.go (ParseConfig), pkg/api/api.go (NewAPI), pkg/triggers/service.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.model.manifest import Manifest, ManifestSet, list_at, map_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.conditions.dialect import Dialect
from gitopsgen.rollouts.conditions.errors import CompileError, NotJudged
from gitopsgen.rollouts.conditions.parser import parse
from gitopsgen.source.location import Path
from gitopsgen.source.reader import read
from gitopsgen.validation.notifications.names import SERVICE_TYPES, write_or

_LEGACY: Final = "config.yaml"
_SHAPES: Final[Mapping[str, tuple[type, str]]] = {
    "defaultTriggers": (list, "write a list of triggers"),
    "service": (dict, "write a map with the options of the service"),
    "subscriptions": (list, "write a list of `{recipients: [...], triggers: [...]}`"),
    "template": (dict, "write a map with the message, or the parts of a service"),
    "trigger": (list, "write `- when: ...` with `send: [<template>]`"),
}
"""What the value of a key holds, and how to write it. Scalars become strings where one is asked for."""
_EXPRESSIONS: Final = ("when", "oncePer")
_TEXTS: Final = (*_EXPRESSIONS, "description")
_SERVICE_PARTS: Final = (2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What is defined, by all that tell of it: ``None`` for what nobody tells.

    ``services`` have their types, empty where only the name is known. ``has_defaults`` says whether a subscription
    without a trigger gets any; ``source`` is the ConfigMap, where it is one.
    """

    triggers: frozenset[str] | None = None
    services: Mapping[str, str] | None = None
    has_defaults: bool = True
    source: Manifest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFault:
    """A fault of the ConfigMap at ``path``. What ``refuses_all`` keeps every notification from being sent."""

    path: Path
    message: str
    fix: str
    refuses_all: bool


def config_maps(resources: ManifestSet, name: str) -> tuple[Manifest, ...]:
    """Return the ConfigMaps of that name: Argo CD's, and those of namespaces that configure themselves."""
    return tuple(one for one in resources.of_kind("ConfigMap") if one.name == name)


def catalogue_of(manifests: tuple[Manifest, ...]) -> Catalogue:
    """Return what the ConfigMaps define together.

    One without any trigger is completed elsewhere, by the chart or the base that it patches, and so is one without
    any service; in the form before Argo CD 2.0 both stand in another place.
    """
    triggers: set[str] = set()
    services: dict[str, str] = {}
    has_defaults = False
    for manifest in manifests:
        data = map_at(manifest.body, "data")
        if _LEGACY in data:
            return Catalogue()
        for key in data:
            kind, _, name = str(key).partition(".")
            if kind == "trigger":
                triggers.add(name)
            elif kind == "service":
                services[name.rpartition(".")[2]] = name.partition(".")[0]
            has_defaults = has_defaults or kind == "defaultTriggers"
    return Catalogue(
        triggers=frozenset(triggers) or None,
        services=services or None,
        has_defaults=has_defaults or not triggers,
        source=manifests[0] if manifests else None,
    )


def check_config(manifest: Manifest) -> Iterator[ConfigFault]:
    """Yield what the engine refuses the whole ConfigMap for, and the templates that a trigger sends in vain."""
    data = map_at(manifest.body, "data")
    templates = {key.removeprefix("template.") for key in data if str(key).startswith("template.")}
    for key, text in data.items():
        kind = str(key).partition(".")[0]
        if not isinstance(key, str) or not isinstance(text, str) or kind not in _SHAPES:
            continue
        shape, form = _SHAPES[kind]
        found = read(text, "")
        value = found.documents[0].data if found.documents else None
        if found.problems and not found.documents:
            yield _refused(key, f"`{key}` is no YAML: {found.problems[0].message}", "correct it")
        elif not isinstance(value, shape | None):
            yield _refused(key, f"`{key}` is no {'list' if shape is list else 'map'}", form)
        elif kind == "service":
            yield from _check_service(key)
        elif kind == "trigger" and isinstance(value, list):
            yield from _check_trigger(key, value, templates)


def conditions_of(value: object) -> list[Mapping[str, Any]]:
    """Return the conditions of a trigger, empty where it has none that can be read."""
    documents = read(value, "").documents if isinstance(value, str) else ()
    found = documents[0].data if documents else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _check_service(key: str) -> Iterator[ConfigFault]:
    parts = key.split(".")
    if len(parts) not in _SERVICE_PARTS:
        yield _refused(key, f"`{key}` is no name of a service", "write `service.<type>` or `service.<type>.<name>`")
    elif parts[1] not in SERVICE_TYPES:
        fix = did_you_mean(parts[1], SERVICE_TYPES)
        yield _refused(key, f"there is no type of services `{parts[1]}`", fix)


def _check_trigger(key: str, conditions: list[object], templates: set[str]) -> Iterator[ConfigFault]:
    for number, condition in enumerate(conditions, start=1):
        if isinstance(condition, Mapping):
            place = f"condition {number} of `{key}`"
            yield from (_refused(key, *what) for what in _faults_of_condition(place, condition))
            yield from _missing_templates(key, list_at(condition, "send"), templates)
        elif condition is not None:
            yield _refused(key, f"condition {number} of `{key}` is no map", _SHAPES["trigger"][1])


def _faults_of_condition(place: str, condition: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in _TEXTS:
        text = condition.get(name)
        if isinstance(text, list | Mapping):
            yield f"`{name}` of {place} is no string", "write it in quotes"
        elif name in _EXPRESSIONS and isinstance(text, str) and text and (error := _syntax_error(text)):
            yield f"`{name}` of {place} is no expression: {error}", "correct it"
    if not isinstance(condition.get("send"), list | None):
        yield f"`send` of {place} is no list", "write `send: [<template>]`"


def _missing_templates(key: str, sent: Iterable[object], templates: set[str]) -> Iterator[ConfigFault]:
    for template in sent:
        if templates and template not in templates:
            yield ConfigFault(
                path=("data", key),
                message=f"`{key}` sends the template `{template}`, which is not defined",
                fix=write_or(str(template), templates, f"add `template.{template}`"),
                refuses_all=False,
            )


def _refused(key: str, message: str, fix: str) -> ConfigFault:
    return ConfigFault(path=("data", key), message=message, fix=fix, refuses_all=True)


def _syntax_error(text: str) -> str:
    try:
        parse(text, Dialect.ROLLOUTS_1_10)
    except CompileError as error:
        return error.message
    except NotJudged:
        pass
    return ""
