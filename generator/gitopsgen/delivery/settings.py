"""``KEY=VALUE`` as a person types it: a key of the App's spec, and a value as YAML writes it."""

import re
import shlex
from collections.abc import Iterable
from typing import Any, Final

from gitopsgen.delivery.overlays import INHERITED, Setting, own_layer
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.descriptors.app import SPEC
from gitopsgen.descriptors.loading import Descriptors
from gitopsgen.descriptors.provenance import contributions, field_of
from gitopsgen.descriptors.schema import overlay_schema
from gitopsgen.descriptors.validation import SchemaFault, Validator
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.release import Release
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import Path, format_path, parse_path
from gitopsgen.source.reader import Yaml, read

_ASSIGNMENT: Final = re.compile(r'(?P<key>(?:\["[^"]*"\]|\[[0-9]+\]|[^=\[])+)=(?P<value>.*)', re.DOTALL)
_DIGEST: Final = "sha256:"
_NULLS: Final = ("null", "~")
_WRITTEN_OUT: Final = ("'", '"', "{", "[")
"""What a value starts with that is YAML even where a string fits: quotes, a map, a list."""
_VALIDATOR: Final = Validator(overlay_schema(SPEC))


def parse_setting(text: str) -> Setting:
    """Return the setting that ``KEY=VALUE`` asks for.

    The value is YAML on one line: ``3``, ``true``, ``[5, 80]``, ``{cpu: 100m}``. Where a string fits, what is neither
    in quotes nor in brackets is one as it is typed, lines and all. ``null`` removes the key, and nothing after the
    ``=`` leaves it to the lower layers.

    Raises:
        GitopsgenError: this is no assignment, there is no such key, or the value does not fit it.
    """
    match = _ASSIGNMENT.fullmatch(text)
    if not match:
        raise GitopsgenError(f"`{text}` is no KEY=VALUE", fix="write it as replicas=3, or image.tag=v1.1.0")
    try:
        path = parse_path(match["key"].strip().removeprefix("spec."))
    except ValueError as error:
        raise GitopsgenError(f"`{match['key']}` is no key: {error}", fix='write a.b[0].c, or a["b.c"]') from error
    value = INHERITED if not match["value"].strip() else _value(match["value"], path)
    _require_fit(path, None if value is INHERITED else value)
    return Setting(path=path, value=value)


def typed(settings: Iterable[Setting]) -> str:
    """Return settings as a person types them in a shell."""
    told = ((one, "" if one.value is INHERITED else emit_inline(one.value)) for one in settings)
    return " ".join(shlex.quote(f"{format_path(one.path)}={value}") for one, value in told)


def parse_version(text: str, release: Release) -> ImageVersion:
    """Return the version that a person names: a tag, a digest, both, or the whole image as a registry shows it.

    Raises:
        GitopsgenError: it is another image than the release runs.
    """
    name, at, digest = text.strip().partition("@")
    if name.startswith(_DIGEST):
        return ImageVersion.parse(text.strip())
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = (name, "") if "/" in name else ("", name)
    runs = str(release.spec["image"]["repository"])
    if repository and not f"/{runs}".endswith(f"/{repository}"):
        raise GitopsgenError(
            f"{release.name} runs {runs}, and {text.strip()} is another image",
            fix=f"give the version alone; for another image: `gitopsgen set {release.name} image.repository=…`",
        )
    return ImageVersion(tag=tag, digest=digest if at else "")


def version_settings(release: Release, version: ImageVersion, descriptors: Descriptors) -> list[Setting]:
    """Return what gives a release another version: its tag and its digest, for a digest left behind would win.

    Raises:
        GitopsgenError: the version is no tag and no digest.
    """
    if not version.tag and not version.digest:
        raise GitopsgenError("a version is a tag, a digest, or both", fix="write v1.1.0, or v1.1.0@sha256:…")
    own = own_layer(release, descriptors)
    lower = tuple(layer for layer in release.layers if layer is not own)
    settings = []
    for key, value in (("tag", version.tag), ("digest", version.digest)):
        if value:
            _require_fit(("image", key), value)
            settings.append(Setting(path=("image", key), value=value))
        elif release.spec["image"].get(key):
            told = [one for one in contributions(lower, ("image", key)) if one.wins and one.value]
            settings.append(Setting(path=("image", key), value=None if told else INHERITED))
    return settings


def _value(text: str, path: Path) -> Yaml:
    """Return the value that ``text`` is for the key ``path``."""
    said = text if "\n" in text.strip() else text.strip()
    forms = (field := field_of(SPEC, path), *field.get("anyOf", ()))
    if field.get("type") == "string" and said not in _NULLS and said[:1] not in ("'", '"'):
        return said
    strings = any(form.get("x-string") for form in forms)
    if strings and said not in _NULLS and said[:1] not in _WRITTEN_OUT:
        # A number or a boolean stays one where it would be written as it is here.
        data = next((one.data for one in read(said, "").documents), None)
        return data if isinstance(data, bool | int | float) and emit_inline(data) == said else said
    stream = read(text, "")
    if not stream.documents:
        problem = stream.problems[0].message if stream.problems else "nothing is written there"
        raise GitopsgenError(f"`{said}` is no value: {problem}", fix="quote it: KEY='\"…\"'")
    value = stream.documents[0].data
    if stream.problems:
        raise GitopsgenError(stream.problems[0].message, fix=stream.problems[0].fix)
    return value


def _require_fit(path: Path, value: Yaml) -> None:
    """Refuse a key that there is not, and a value that does not fit it; items of lists are judged with the whole."""
    depth = next((index for index, part in enumerate(path) if isinstance(part, int)), None)
    nested: Any = value if depth is None else None
    for part in reversed(path[:depth]):
        nested = {part: nested}
    fault: SchemaFault | None = next(_VALIDATOR.faults(nested, lambda _: None), None)
    if fault:
        unknown = fault.rule == "descriptor/unknown-key"
        raise GitopsgenError(
            fault.message, fix=fault.fix or ("`gitopsgen schema app` prints all keys" if unknown else "")
        )
