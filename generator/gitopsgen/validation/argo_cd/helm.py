"""Values of an Application's Helm chart: their types, and which of them win over which."""

import re
from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, list_at, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.spec import ApplicationSpec, Source, is_templated

# What a release changes: `image.tag`, `api.imageTag`, `image.digest`, or an image as a whole.
_IMAGE: Final = re.compile(r"(?:.*\.)?(?:tag|digest|image|imageTag|imageDigest)")


def check_helm(application: ApplicationSpec, source: Source) -> Iterator[Fault]:
    """Yield Helm's values that are of the wrong type, given twice, or hidden by others."""
    helm = map_at(source.body, "helm")
    if not helm:
        return
    path = (*source.path, "helm")
    if helm.get("values") is not None and not isinstance(helm["values"], str):
        yield application.fault(
            "wrong-type",
            (*path, "values"),
            "helm.values is a map, and must be a text",
            "write it as `valuesObject`, or as a block of text with `values: |`",
        )
    if helm.get("values") and helm.get("valuesObject"):
        yield application.fault(
            "helm-values-ignored",
            (*path, "values"),
            "`values` is ignored, because `valuesObject` is there",
            "move them into `valuesObject`",
        )
    yield from _check_parameters(application, source, path)


def _check_parameters(application: ApplicationSpec, source: Source, path: Path) -> Iterator[Fault]:
    """Yield parameters that are no text, given twice, or hide a value."""
    helm = map_at(source.body, "helm")
    seen: set[str] = set()
    for index, parameter in enumerate(list_at(helm, "parameters")):
        name = text_at(parameter, "name")
        value = dig(parameter, "value")
        if value is not None and not isinstance(value, str):
            yield application.fault(
                "wrong-type",
                (*path, "parameters", index, "value"),
                f"the parameter `{name}` is `{value}`, and must be a string",
                "quote it",
            )
        if name and name in seen:
            yield application.fault(
                "duplicate-helm-parameter",
                (*path, "parameters", index, "name"),
                f"the parameter `{name}` is given twice, and the last one wins",
                "delete one of them",
            )
        seen.add(name)
        if name and dig(helm.get("valuesObject"), *name.split(".")) is not None:
            yield application.fault(
                "helm-parameter-shadows-values",
                (*path, "parameters", index, "name"),
                f"the parameter `{name}` hides the value that `valuesObject` sets",
                "set it in one place",
            )
        elif _IMAGE.fullmatch(name) and value and not is_templated(value) and _has_values_in_git(source):
            yield application.fault(
                "helm-parameter-shadows-value-file",
                (*path, "parameters", index, "name"),
                f"`{name}` is `{value}` here, whatever the value files say: a release that changes them does nothing",
                "delete the parameter, and set it in the value file alone",
            )


def _has_values_in_git(source: Source) -> bool:
    """Tell whether value files are named, or lie beside a chart that is in git itself."""
    return bool(list_at(source.body, "helm", "valueFiles")) or bool(source.text("path") and not source.text("chart"))
