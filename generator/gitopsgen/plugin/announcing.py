"""The announcement of the plugin's parameters: what Argo CD's user interface shows of them.

Source: Argo CD v3.2.6, reposerver/apiclient, ParameterAnnouncement.
"""

from collections.abc import Iterable
from typing import Any, Final

from gitopsgen.descriptors.resolving import Fleet
from gitopsgen.model.listing import some_of
from gitopsgen.plugin.request import APP, ENVIRONMENT, Request

_SHOWN: Final = 30


def announcement(fleet: Fleet, default: Request | None) -> list[dict[str, Any]]:
    """Return the parameters; ``default`` is what is generated without any, ``None`` where one has to be given."""
    environments = [one.name for one in fleet.environments]
    without = f" Without it: {default.environment}, as {default.said} says." if default else ""
    return [
        _parameter(
            ENVIRONMENT,
            title="Environment",
            tooltip=f"The Environment to generate: {_listed(environments)}.{without}",
            default=default.environment if default else "",
            required=default is None,
        ),
        _parameter(
            APP,
            title="App",
            tooltip=f"One App of the Environment; empty for all of them. {_apps(fleet, environments)}",
            default=default.app if default else "",
            required=False,
        ),
    ]


def _parameter(name: str, *, title: str, tooltip: str, default: str, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "tooltip": tooltip,
        "required": required,
        "itemType": "string",
        "collectionType": "string",
        "string": default,
    }


def _apps(fleet: Fleet, environments: Iterable[str]) -> str:
    """Return the Apps of each Environment in words; those that have the same share a sentence."""
    by_apps: dict[tuple[str, ...], list[str]] = {}
    for name in environments:
        apps = tuple(one.app for one in fleet.releases if one.environment.name == name)
        by_apps.setdefault(apps, []).append(name)
    return " ".join(f"{', '.join(names)}: {_listed(apps)}." for apps, names in by_apps.items())


def _listed(names: Iterable[str]) -> str:
    return some_of(list(names), _SHOWN) or "there is none"
