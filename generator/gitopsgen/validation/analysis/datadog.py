"""Metrics of Datadog.

Source: argo-rollouts v1.9.2, metricproviders/datadog/datadog.go.
"""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, ManifestSet, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.runs import Metric

_DATADOG: Final[Path] = ("provider", "datadog")
_KEYS: Final = ("api-key", "app-key")


def check_datadog(metric: Metric) -> Iterator[Fault]:
    """Yield queries that do not go together."""
    body = map_at(metric.body, *_DATADOG)
    query, queries, formula = text_at(body, "query"), map_at(body, "queries"), text_at(body, "formula")
    # The API server writes v1 where no version is given.
    version = text_at(body, "apiVersion") or "v1"
    if not query and not queries:
        yield _fault(metric, (), "there is neither a query nor queries", "write a `query`")
    elif query and queries:
        yield _fault(metric, ("queries",), "there is a query, and queries as well", "delete one of them")
    elif version == "v1" and queries:
        message = "version v1 takes one `query`" + ("" if body.get("apiVersion") else ", and v1 is the default")
        yield _fault(metric, ("queries",), message, "write `apiVersion: v2`, or one `query`")
    elif formula and not queries:
        yield _fault(metric, ("formula",), "a formula needs queries", "write `queries`, or delete the formula")
    elif len(queries) > 1 and not formula:
        yield _fault(metric, ("queries",), f"{len(queries)} queries need a formula", "write a `formula` of their names")
    if version == "v1" and text_at(body, "aggregator"):
        yield _fault(metric, ("aggregator",), "version v1 has no aggregator", "write `apiVersion: v2`, or delete it")


def check_credentials(metric: Metric, resources: ManifestSet) -> Iterator[Fault]:
    """Yield a Secret without the keys of Datadog, or one that has no name."""
    path: Path = (*_DATADOG, "secretRef")
    body = map_at(metric.body, *path)
    if body.get("namespaced") is not True:  # then it lies where the controller is, wherever that may be
        return
    name = text_at(body, "name")
    if not name:
        yield metric.fault(
            "datadog-secret-incomplete", path, "a Secret in the own namespace needs its name", "write its `name`"
        )
        return
    secret = _secret(resources, metric.run.use.manifest, name)
    missing = [key for key in _KEYS if secret is not None and not _has(secret, key)]
    if secret is not None and missing:
        yield metric.fault(
            "datadog-secret-incomplete",
            (*path, "name"),
            f"the Secret `{name}` has no {' and no '.join(missing)}",
            "write both keys into it",
        )


def _secret(resources: ManifestSet, near: Manifest, name: str) -> Manifest | None:
    found = [
        one
        for one in resources.of_kind("Secret")
        if one.name == name and (not near.namespace or one.namespace in ("", near.namespace))
    ]
    here = [one for one in found if one.file == near.file]
    return here[0] if here else found[0] if len(found) == 1 else None


def _has(secret: Manifest, key: str) -> bool:
    return bool(map_at(secret.body, "data").get(key) or map_at(secret.body, "stringData").get(key))


def _fault(metric: Metric, path: Path, message: str, fix: str) -> Fault:
    return metric.fault("datadog-query-invalid", (*_DATADOG, *path), message, fix)
