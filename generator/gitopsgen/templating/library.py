"""Where templates are found: the built-in library, and a repository's own files, which take the place of equal ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Location
from gitopsgen.source.reader import Document, read

SUFFIX: Final = ".j2"
_HEAD: Final = re.compile(r"\A\s*\{#---[ \t]*\n(.*?)\n[ \t]*---#\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template file. ``file`` is what locations say: relative to the repository, or to the built-in library."""

    name: str
    file: str
    path: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a profile or an analysis template says of itself in the comment that opens it."""

    summary: str
    description: str
    parameters: Mapping[str, Mapping[str, Any]]
    document: Document
    line: int


@dataclass(frozen=True, kw_only=True)
class TemplateLibrary:
    """Templates by their name (``manifests/rollout.yaml.j2``), the repository's own before the built-in ones."""

    builtin: Path
    own: Path | None

    @cached_property
    def templates(self) -> Mapping[str, Template]:
        """All templates, by name, in order.

        Raises:
            GitopsgenError: a template cannot be read.
        """
        found: dict[str, Template] = {}
        for folder, prefix in ((self.builtin, "templates/"), (self.own, "templates/")):
            if folder is None or not folder.is_dir():
                continue
            for path in sorted(folder.rglob(f"*{SUFFIX}")):
                name = path.relative_to(folder).as_posix()
                text, problem = read_text(path, prefix + name)
                if problem:
                    raise GitopsgenError(f"{problem.location.file}: {problem.message}")
                text = text.replace("\r\n", "\n")
                found[name] = Template(name=name, file=prefix + name, path=path, text=text)
        return dict(sorted(found.items()))

    @cached_property
    def digest(self) -> str:
        """A digest over all templates, for what is kept from one run to the next."""
        digest = sha256()
        for name, template in self.templates.items():
            digest.update(f"{name}\0{len(template.text)}\0{template.text}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def in_folder(self, folder: str) -> list[Template]:
        """Return the templates directly in ``folder``, in order."""
        return [one for name, one in self.templates.items() if name.rpartition("/")[0] == folder]

    def choices(self, folder: str) -> list[str]:
        """Return the short names of the templates in ``folder``, as descriptors use them."""
        return [short_name(template.name) for template in self.in_folder(folder)]

    def find(self, folder: str, short: str) -> Template | None:
        """Return the template of that short name."""
        return next((one for one in self.in_folder(folder) if short_name(one.name) == short), None)


def short_name(name: str) -> str:
    """Return ``success-rate`` for ``analysis/success-rate.yaml.j2``."""
    return name.rpartition("/")[2].removesuffix(SUFFIX).removesuffix(".yaml")


class HeadError(GitopsgenError):
    """The head of a template cannot be read; ``said`` is the message without ``location``."""

    def __init__(self, said: str, location: Location) -> None:
        super().__init__(f"{location}: {said}")
        self.said = said
        self.location = location


def read_head(template: Template) -> Head:
    """Return the head of a profile or an analysis template; an empty one when it has none.

    Raises:
        HeadError: the head is not YAML, or no map with ``parameters``.
    """
    match = _HEAD.match(template.text)
    text = match.group(1) if match else ""
    line = template.text[: match.start(1)].count("\n") if match else 0
    stream = read(text or "{}", template.file)
    data = stream.documents[0].data if stream.documents else {}
    if stream.problems or not isinstance(data, dict) or not isinstance(data.get("parameters") or {}, dict):
        place, said = Location(template.file, 1, 1), "it is no map with summary and parameters"
        if stream.problems:
            place, said = stream.problems[0].location, stream.problems[0].message
        raise HeadError(
            f"the head of the template is faulty: {said}", Location(place.file, place.line + line, place.column)
        )
    return Head(
        summary=str(data.get("summary", "")),
        description=str(data.get("description", "")),
        parameters=data.get("parameters") or {},
        document=stream.documents[0],
        line=line,
    )
