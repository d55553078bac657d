"""Plugins of steps and routers: the controller loads only those that its ConfigMap names.

Source: argo-rollouts v1.9.2, utils/config/config.go.
"""

import re
from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet, map_at, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import ROUTING, STEPS, Rollout

CONFIG_MAP: Final = "argo-rollouts-config"
_NAME: Final = re.compile(r"""^\s*-?\s*["']?name["']?\s*:\s*["']?([^"'\s]+)""", re.MULTILINE)
# Published plugins: a name that is none of them is most likely misspelt, or not registered.
_PUBLISHED: Final = frozenset(
    {
        "argoproj-labs/gatewayAPI",
        "argoproj-labs/contour",
        "argoproj-labs/consul",
        "argoproj-labs/glooplatform",
        "argoproj-labs/easegress",
    }
)


def check_plugins(rollout: Rollout) -> Iterator[Fault]:
    """Yield the plugins that the controller is not known to have."""
    for kind, name, path in _used(rollout):
        config = plugin_config(rollout.lookup.resources)
        if config is not None:
            known = registered(config, kind)
            if name not in known:
                yield rollout.fault(
                    "plugin-not-registered",
                    path,
                    f"the ConfigMap `{CONFIG_MAP}` registers no plugin `{name}` under {kind}",
                    did_you_mean(name, known) or f"add it to `{kind}` of the ConfigMap",
                    related=((config, ("data", kind)),),
                )
        elif name not in _PUBLISHED and not rollout.lookup.resources.has_external("ConfigMap", CONFIG_MAP):
            yield rollout.fault(
                "plugin-not-in-set",
                path,
                f"`{name}` is no published plugin, and no ConfigMap `{CONFIG_MAP}` that was checked registers it",
                f"correct the name, or declare `ConfigMap/{CONFIG_MAP}` as an external",
            )


def _used(rollout: Rollout) -> Iterator[tuple[str, str, Path]]:
    for name in map_at(rollout.routing, "plugins"):
        yield "trafficRouterPlugins", str(name), (*ROUTING, "plugins", str(name))
    for index, step in rollout.steps:
        if name := text_at(step, "plugin", "name"):
            yield "stepPlugins", name, (*STEPS, index, "plugin", "name")


def plugin_config(resources: ManifestSet) -> Manifest | None:
    """Return the ConfigMap that registers plugins, ``None`` when it is not in the set."""
    return next((found for found in resources.of_kind("ConfigMap") if found.name == CONFIG_MAP), None)


def registered(config: Manifest, kind: str) -> frozenset[str]:
    """Return the plugins of a ``kind``, such as ``stepPlugins``, that the ConfigMap registers."""
    return frozenset(found[1] for found in _NAME.finditer(text_at(config.body, "data", kind)))
