"""Which releases and rendered files an edit of a file of the repository reaches, or a change since a commit."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from gitopsgen.descriptors.loading import FOLDER as DESCRIPTORS
from gitopsgen.descriptors.loading import descriptor_files, load_descriptors
from gitopsgen.descriptors.resolving import resolve as resolve_descriptors
from gitopsgen.git.changes import changed_files, extract, resolve
from gitopsgen.library import Library, builtin
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.release import Release
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.policies.catalogue import FOLDER as POLICIES
from gitopsgen.policies.catalogue import Catalogue, load_catalogue
from gitopsgen.reach.descriptors import keys_at, reach_of_key, units_of
from gitopsgen.reach.model import Reach, Unit
from gitopsgen.reach.policies import reach_of_policies
from gitopsgen.reach.reading import Read, Reader, lines_of_output, written
from gitopsgen.reach.since import State, rendered_otherwise
from gitopsgen.reach.traces import FileTraces
from gitopsgen.source.files import read_text
from gitopsgen.source.location import Location, format_path
from gitopsgen.templating.paths import application_file, values_file
from gitopsgen.templating.tracing import Tracer
from gitopsgen.tree.state import TREE

_TEMPLATES: Final = "templates"
_READ: Final = (DESCRIPTORS, _TEMPLATES, POLICIES)
_LINE: Final = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+)(:[0-9]+)?")

Kind = Literal["descriptor", "template", "policy", "chart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file, or a line of it, that is edited: what it is, and what it reaches; ``line`` is 0 for the whole file.

    ``about`` says what stands on the line.
    """

    file: str
    line: int
    kind: Kind
    about: str
    reach: Reach


@dataclass(frozen=True, kw_only=True)
class Affected:
    """The answers for one repository; what they need is read when the first one needs it."""

    root: Path

    def edits(self, targets: Iterable[str]) -> list[Edit]:
        """Return what each of ``FILE`` or ``FILE:LINE`` reaches.

        Raises:
            GitopsgenError: a target is no such file, or no line of it.
        """
        return [self._edit(*self._parsed(target)) for target in targets]

    def since(self, revision: str) -> Reach:
        """Return what the change since a commit reaches.

        Raises:
            GitopsgenError: git knows no such commit.
        """
        commit = resolve(self.root, revision)
        changed = changed_files(self.root, commit)
        reach = Reach()
        for file in changed:
            reach |= self._reach_of(file, "chart")
        policies = [file for file in changed if file.startswith(f"{POLICIES}/")]
        inputs = [file for file in changed if file.startswith((f"{DESCRIPTORS}/", f"{_TEMPLATES}/"))]
        with TemporaryDirectory(prefix="gitopsgen-") as folder:
            before = Path(folder)
            if policies or inputs:
                extract(self.root, commit, _READ, before)
            if inputs:
                reach |= rendered_otherwise(State.then(before, self.root), self._state)
            if policies:
                for catalogue in (self._catalogue, load_catalogue(*Library(root=before).policies)[0]):
                    for file in policies:
                        reach |= reach_of_policies(catalogue, file, 0, self._manifests) or Reach()
        return reach

    @cached_property
    def faults(self) -> int:
        """How many errors descriptors and policies have: what has one is not read, and so not reached."""
        descriptors, findings = load_descriptors(self.root)
        found = (*findings, *resolve_descriptors(descriptors)[1], *self._policies[1])
        return sum(one.severity is Severity.ERROR for one in found)

    def _parsed(self, target: str) -> tuple[str, int]:
        match = None if self._relative(target) in self._known else _LINE.fullmatch(target)
        file = self._relative(match["file"] if match else target)
        return file, int(match["line"]) if match else 0

    def _relative(self, path: str) -> str:
        # Not resolved: a link is known by the name that it has in the repository.
        return Path(os.path.relpath(Path.cwd() / self.root / path, Path.cwd() / self.root)).as_posix()

    def _edit(self, file: str, line: int) -> Edit:
        kind = self._known.get(file)
        if kind is None:
            raise self._unknown(file)
        if line:
            lines = self._text(file).count("\n") + 1
            if not 1 <= line <= lines:
                raise GitopsgenError(f"{file} has {lines} lines", fix="name one of them")
        return self._of_line(file, line, kind) if line else self._whole(file, kind)

    def _unknown(self, file: str) -> GitopsgenError:
        if file.startswith(f"{TREE}/"):
            return GitopsgenError(
                f"{file} is rendered, and nothing is read from it",
                fix=f"`gitopsgen explain {file}:LINE` says from what",
            )
        message = f"{file} is no descriptor, template, policy or chart of this repository"
        if not (self.root / file).exists():
            message = f"there is no file {file}"
        hint = did_you_mean(file, self._known)
        return GitopsgenError(message, fix=hint or "of a file that is deleted, `--since REF` tells what it had reached")

    def _whole(self, file: str, kind: Kind) -> Edit:
        return Edit(file=file, line=0, kind=kind, about="", reach=self._reach_of(file, kind))

    def _reach_of(self, file: str, kind: Kind) -> Reach:
        match kind:
            case "descriptor":
                units = list(units_of(self._state.fleet, file))
                return Reach.of((unit.name, one) for unit in units for one in written(self._read(unit).rendering))
            case "template":
                return Reach.of(self._reading(file.removeprefix(f"{_TEMPLATES}/")))
            case "policy":
                return reach_of_policies(self._catalogue, file, 0, self._manifests) or Reach()
            case "chart":
                return Reach.of(
                    (release.name, one)
                    for release in self._charts_of(file)
                    for one in (application_file(release), values_file(release))
                )

    def _of_line(self, file: str, line: int, kind: Kind) -> Edit:
        about, reach = "", Reach()
        if kind == "descriptor":
            keys = keys_at(self._text(file), file, line)
            about = ", ".join(format_path(key.path) for key in keys) or "no key"
            for key in keys:
                reach |= reach_of_key(self._state.fleet, key, self._traces)
        elif kind == "template":
            reach = self._putting_out(file, line) or self._reach_of(file, kind)
        elif kind == "policy":
            reach = reach_of_policies(self._catalogue, file, line, self._manifests) or Reach()
        else:
            reach = self._reach_of(file, kind)
        return Edit(file=file, line=line, kind=kind, about=about, reach=reach)

    def _reading(self, template: str) -> Iterator[tuple[str, str]]:
        for unit in self._units:
            read = self._read(unit)
            yield from ((unit.name, file) for file in written(read.rendering) if template in read.templates[file])

    def _putting_out(self, file: str, line: int) -> Reach:
        """Return the files with a key or a value that went through a line of a template.

        Empty for a line that decides about more than what it puts out, or puts out nothing.
        """
        name = file.removeprefix(f"{_TEMPLATES}/")
        lines = lines_of_output(self._state.library.templates[name].text, line)
        if not lines or any(name in self._read(unit).before for unit in self._units):
            return Reach()
        names = {unit for unit, _ in self._reading(name)}
        wanted = {Location(file, one, 1) for one in lines}
        found: list[tuple[str, str]] = []
        for unit in (one for one in self._units if one.name in names):
            found += ((unit.name, one) for one, trace in self._traces.of(unit) if not wanted.isdisjoint(trace.places))
        return Reach.of(found)

    def _charts_of(self, file: str) -> list[Release]:
        """Return the releases whose chart lies in this repository, and has the file."""
        paths = ((release, (release.spec.get("chart") or {}).get("path")) for release in self._state.fleet.releases)
        return [release for release, path in paths if path and file.startswith(f"{path.rstrip('/')}/")]

    @cached_property
    def _known(self) -> Mapping[str, Kind]:
        """Every file that something can be read from, and what it is."""
        known: dict[str, Kind] = {}
        folder = self.root / DESCRIPTORS
        if folder.is_dir():
            known |= dict.fromkeys(
                (path.relative_to(self.root).as_posix() for path in descriptor_files(folder)), "descriptor"
            )
        known |= dict.fromkeys((one.file for one in self._state.library.templates.values()), "template")
        documents = (one.document for one in self._catalogue.policies.values())
        settings = self._catalogue.settings.document
        others = (*self._catalogue.documents, *self._catalogue.waiver_documents, *([settings] if settings else []))
        known |= dict.fromkeys((one.file for one in (*documents, *others)), "policy")
        for release in self._state.fleet.releases:
            path = (release.spec.get("chart") or {}).get("path")
            files = (self.root / path).rglob("*") if path else ()
            known |= dict.fromkeys((one.relative_to(self.root).as_posix() for one in files if one.is_file()), "chart")
        return known

    def _text(self, file: str) -> str:
        folders = (self.root, builtin(_TEMPLATES).parent)
        path = next((folder / file for folder in folders if (folder / file).is_file()), self.root / file)
        text, problem = read_text(path, file)
        if problem:
            raise GitopsgenError(f"{file}: {problem.message}", fix=problem.fix)
        return text

    @cached_property
    def _state(self) -> State:
        return State.now(self.root)

    @cached_property
    def _units(self) -> tuple[Unit, ...]:
        return (*self._state.fleet.releases, *self._state.fleet.environments)

    @cached_property
    def _traces(self) -> FileTraces:
        return FileTraces(tracer=Tracer(library=self._state.library))

    @cached_property
    def _reader(self) -> Reader:
        return Reader.of(self._state.library)

    @cached_property
    def _reads(self) -> dict[str, Read]:
        return {}

    def _read(self, unit: Unit) -> Read:
        if unit.name not in self._reads:
            self._reads[unit.name] = self._reader.read(unit)
        return self._reads[unit.name]

    @cached_property
    def _manifests(self) -> tuple[Manifest, ...]:
        return tuple(one for unit in self._units for one in self._read(unit).rendering.manifests)

    @cached_property
    def _policies(self) -> tuple[Catalogue, list[Finding]]:
        return load_catalogue(*Library(root=self.root).policies)

    @property
    def _catalogue(self) -> Catalogue:
        return self._policies[0]
