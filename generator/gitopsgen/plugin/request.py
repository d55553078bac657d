"""What an Application asks for: an Environment or one App of it, in its parameters, its env, or by its path."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from gitopsgen.descriptors.loading import FOLDER
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.tree.state import TREE

ENVIRONMENT: Final = "environment"
APP: Final = "app"
_NAMES: Final = (ENVIRONMENT, APP)
_PARAMETERS: Final = "ARGOCD_APP_PARAMETERS"
_SOURCE_PATH: Final = "ARGOCD_APP_SOURCE_PATH"
_PREFIX: Final = "ARGOCD_ENV_"
"""Argo CD puts it before the name of every variable of an Application."""
_PLACE: Final = "the Application's spec.source.plugin"
_WRITE_PARAMETERS: Final = (
    f"write in {_PLACE}: `parameters: [{{name: environment, string: prod}}, {{name: app, string: sample-api}}]`"
)
_TYPES: Final = ("string", "array", "map")
_IN_TREE: Final = re.compile(rf"(?:^|/){TREE}/([^/]+)(?:/([^/]+)(?:/manifests)?)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be generated: an Environment, or one App of it; ``app`` is empty for all.

    ``said`` tells where the Environment is named, ``app_said`` where the App is.
    """

    environment: str
    app: str
    said: str
    app_said: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.app}" if self.app else self.environment


def find_root(folder: Path, variables: Mapping[str, str]) -> Path:
    """Return the repository around ``folder``: the nearest folder, from there upwards, that holds ``environments/``.

    Argo CD's copy is not left: the path of the source says how far up its top is.

    Raises:
        GitopsgenError: there is none.
    """
    here = folder.resolve()
    around = [here, *here.parents]
    if path := variables.get(_SOURCE_PATH):
        around = around[: len(PurePosixPath(path).parts) + 1]
    for one in around:
        if (one / FOLDER).is_dir():
            return one
    raise GitopsgenError(
        f"there is no folder {FOLDER}/ in {folder} nor above it",
        fix="set spec.source.path to a folder of the repository with the descriptors; where the annotation "
        f"argocd.argoproj.io/manifest-generate-paths decides what is sent to the plugin, name /{FOLDER} in it",
    )


def read_request(variables: Mapping[str, str], path: str) -> Request:
    """Return what is asked for; ``path`` is the working directory, counted from the repository.

    Parameters decide over variables, and these over the path. What decides, decides alone: an Environment without an
    App means all of it.

    Raises:
        GitopsgenError: what is said is malformed, or nothing is.
    """
    if (asked := _from_parameters(variables) or default_request(variables, path)) is None:
        raise GitopsgenError(f"{_PLACE} does not say which Environment to generate", fix=_WRITE_PARAMETERS)
    return asked


def default_request(variables: Mapping[str, str], path: str) -> Request | None:
    """Return what is asked for without parameters; ``None`` when neither variables nor the path say anything.

    Raises:
        GitopsgenError: a variable is misspelt, or names an App without its Environment.
    """
    return _from_variables(variables) or _from_path(variables, path)


def _from_parameters(variables: Mapping[str, str]) -> Request | None:
    text = variables.get(_PARAMETERS) or "null"
    try:
        parameters = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GitopsgenError(f"{_PARAMETERS} is no JSON: {error}", fix=_WRITE_PARAMETERS) from error
    if parameters is None:  # what Argo CD makes of no parameters
        return None
    if not isinstance(parameters, list):
        raise GitopsgenError(f"{_PARAMETERS} is {_kind(parameters)} and not a list", fix=_WRITE_PARAMETERS)
    given: dict[str, str] = {}
    for name, value in map(_parameter, parameters):
        if name in given:
            raise GitopsgenError(f"the parameter `{name}` is given twice", fix=f"keep one of the two in {_PLACE}")
        given[name] = value
    return _request(given, {name: f"the parameter `{name}`" for name in _NAMES}, _WRITE_PARAMETERS)


def _parameter(item: object) -> tuple[str, str]:
    """Return name and value of one parameter."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise GitopsgenError(
            f"a parameter is a map with a name, and not `{json.dumps(item)[:80]}`", fix=_WRITE_PARAMETERS
        )
    name = item["name"]
    if name not in _NAMES:
        raise GitopsgenError(
            f"there is no parameter {json.dumps(name[:80])}",
            fix=f"in {_PLACE}.parameters: {did_you_mean(name, _NAMES)}",
        )
    given = [kind for kind in _TYPES if item.get(kind) is not None]
    if given != ["string"] or not isinstance(item["string"], str):
        said = " and ".join(given) if given and given != ["string"] else _kind(item.get("string"))
        raise GitopsgenError(
            f"the parameter `{name}` is a string, and not {said}",
            fix=f"write `{{name: {name}, string: {'prod' if name == ENVIRONMENT else 'sample-api'}}}` in "
            f"{_PLACE}.parameters",
        )
    return name, item["string"]


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "a map"


def _from_variables(variables: Mapping[str, str]) -> Request | None:
    written = {name: f"{_PREFIX}{name.upper()}" for name in _NAMES}
    known = {variable.removeprefix(_PREFIX) for variable in written.values()}
    for name in _own_names(variables):
        if name not in known and name.upper() in known:
            raise GitopsgenError(f"the variable `{name}` is not read", fix=f"write `{name.upper()}` in {_PLACE}.env")
    given = {name: variables[variable] for name, variable in written.items() if variable in variables}
    write = f"write in {_PLACE}: `env: [{{name: ENVIRONMENT, value: prod}}, {{name: APP, value: sample-api}}]`"
    return _request(given, written, write)


def _own_names(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the variables that the Application sets, as it writes them."""
    for variable in sorted(variables):
        if variable.startswith(_PREFIX):
            yield variable.removeprefix(_PREFIX)


def _request(given: Mapping[str, str], said: Mapping[str, str], write: str) -> Request | None:
    """Return what is given; a field that the user interface left empty is not."""
    environment, app = given.get(ENVIRONMENT, ""), given.get(APP, "")
    if app and not environment:
        raise GitopsgenError(f"{said[APP]} names an App, and nothing its Environment", fix=write)
    if not environment:
        return None
    return Request(environment=environment, app=app, said=said[ENVIRONMENT], app_said=said[APP])


def _from_path(variables: Mapping[str, str], path: str) -> Request | None:
    for candidate in (variables.get(_SOURCE_PATH, ""), path):
        if found := _IN_TREE.search(PurePosixPath(candidate).as_posix()):
            said = "the path of the source"
            return Request(environment=found[1], app=found[2] or "", said=said, app_said=said)
    return None
