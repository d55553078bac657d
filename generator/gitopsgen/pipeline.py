"""Descriptors to findings and file texts: the one way that every command goes, in order, without writing anything."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitopsgen.checking import Checker, Known, Verdict
from gitopsgen.descriptors.resolving import Fleet, load_fleet
from gitopsgen.descriptors.selecting import Selection, require_match
from gitopsgen.elsewhere import SHALLOW, Elsewhere
from gitopsgen.git.history import Revision, base_revision, blob_id, lacks_base, read_blobs
from gitopsgen.library import Library
from gitopsgen.model.finding import Finding, NotChecked, Severity
from gitopsgen.model.manifest import Body, Manifest, ManifestSet, NotificationNames, ObjectId, map_at, text_at
from gitopsgen.model.release import Environment, Release
from gitopsgen.model.report import Report
from gitopsgen.source.emitter import emit
from gitopsgen.source.reader import Document, read
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.locating import Locator
from gitopsgen.templating.parallel import render_all
from gitopsgen.templating.release_run import Values
from gitopsgen.templating.rendering import Renderer
from gitopsgen.templating.tracing import Tracer
from gitopsgen.tree.collisions import collisions
from gitopsgen.tree.header import with_header
from gitopsgen.tree.state import TREE, Scope
from gitopsgen.tree.texts import file_texts, sources

if TYPE_CHECKING:
    from gitopsgen.validation.charts.drawing import Drawing

__all__ = ["Progress", "Rendered", "Selection", "check", "render", "render_fleet", "silent"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendered:
    """All that was rendered: the selected Environments whole, so that references in them can be looked up.

    Without ``history`` git is not asked: nothing is compared with a commit, whether there is one or not. Of the
    Environments in ``partial`` not all could be rendered.
    """

    fleet: Fleet
    selection: Selection
    manifests: tuple[Manifest, ...]
    values: tuple[Values, ...]
    findings: tuple[Finding, ...]
    library: Library
    partial: frozenset[str] = frozenset()
    history: bool = True

    @cached_property
    def releases(self) -> Mapping[str, Release]:
        """Releases by their name."""
        return {release.name: release for release in self.fleet.releases}

    @cached_property
    def environments(self) -> Mapping[str, Environment]:
        """Environments by their name."""
        return {environment.name: environment for environment in self.fleet.environments}

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The whole text of every file of the selection, by its path."""
        manifests = (one for one in self.manifests if self._selected(one.release, one.app))
        values = (one for one in self.values if self._selected(one.release, one.release.partition("/")[2]))
        return file_texts(manifests, values, self.releases, self.environments)

    @cached_property
    def scope(self) -> Scope:
        """The part of the tree that these texts are all of."""
        environments = None
        if self.selection.environments:
            environments = frozenset(name for name in self.environments if self.selection.has_environment(name))
        apps = None
        if self.selection.apps:
            apps = frozenset(one.app for one in self.fleet.releases if self.selection.has_app(one.app))
        return Scope(
            environments=environments, apps=apps, known=frozenset(release.app for release in self.fleet.releases)
        )

    def sets(self) -> list[tuple[Environment, ManifestSet]]:
        """Return the manifests of each rendered Environment, with the objects that are said to exist there."""
        result = []
        for environment in self.fleet.environments:
            manifests = tuple(one for one in self.manifests if one.environment == environment.name)
            specs = [release.spec for release in self.fleet.releases if release.environment is environment]
            externals = frozenset(name for spec in specs for name in spec["externals"])
            series = frozenset(name for spec in specs for name in _series(spec))
            if manifests:
                names = _notification_names(environment)
                partial = environment.name in self.partial
                result.append((environment, ManifestSet(manifests, externals, series, names, partial)))
        return result

    def document(self, manifest: Manifest) -> Document | None:
        """Return a rendered manifest as it is written, with the place of every value; ``None`` for one that is not."""
        if manifest.virtual:
            return None
        text = with_header(emit(manifest.body), sources(manifest, self.releases, self.environments))
        documents = read(text, manifest.file).documents
        return documents[0] if documents else None

    def committed(self, environment: str) -> tuple[dict[ObjectId, Body], tuple[Manifest, ...]] | None:
        """Return the objects of an Environment as they were committed at the base revision, and those that are gone.

        ``None`` when there is no base revision. What git already has in the same words is not read again.
        """
        base = self.base
        if base is None:
            return None
        before: dict[ObjectId, Body] = {}
        current = {one.file: one for one in self.manifests if one.environment == environment and not one.virtual}
        changed: dict[str, str] = {}
        for file, blob in base.blobs.items():
            if file.split("/")[1:2] == [environment] and not file.endswith("/values.yaml"):
                manifest = current.get(file)
                if manifest and self.texts.get(file) and blob_id(self.texts[file]) == blob:
                    before[manifest.id] = manifest.body
                else:
                    changed[file] = blob
        texts = read_blobs(self.library.root, changed.values())
        old = [
            self._at_base(document.data, file, environment)
            for file, blob in changed.items()
            for document in read(texts.get(blob, ""), file).documents
            if isinstance(document.data, dict)
        ]
        before |= {manifest.id: manifest.body for manifest in old}
        present = {manifest.id for manifest in current.values()}
        return before, tuple(manifest for manifest in old if manifest.id not in present)

    def _at_base(self, body: Body, file: str, environment: str) -> Manifest:
        """Return an object as it was committed: of the release that its file is for, where there still is one."""
        release = self.releases.get("/".join(file.split("/")[1:3]))
        return Manifest(
            body=body,
            file=file,
            release=release.name if release else "",
            app=release.app if release else "",
            environment=environment,
            tier=self.environments[environment].tier,
        )

    @cached_property
    def base(self) -> Revision | None:
        """The commit that a change is compared with."""
        return base_revision(self.library.root, TREE) if self.history else None

    @property
    def not_compared(self) -> tuple[NotChecked, ...]:
        """That a change is compared with itself, where the clone holds nothing else of the history."""
        if not self.history or not lacks_base(self.library.root):
            return ()
        return (NotChecked(object="what the change does, against where it left the main branch", reason=SHALLOW),)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """The same objects in other Environments."""
        return Elsewhere(
            root=self.library.root,
            environments=self.environments,
            manifests=self.manifests,
            history=self.history,
            base=self.base.commit if self.base else "",
        )

    def locator(self) -> Locator:
        """Return what finds the line to edit for a fault of these manifests."""
        return Locator(
            releases=self.releases,
            environments=self.environments,
            tracer=Tracer(library=self.library.templates),
            rendered=self.document,
        )

    def _selected(self, release: str, app: str) -> bool:
        return self.selection.has_app(app) if release else not self.selection.apps


def render(
    root: Path,
    library: Library,
    selection: Selection,
    progress: Progress = silent,
    jobs: int = 1,
    edited: Mapping[str, str] | None = None,
) -> Rendered:
    """Return what the descriptors of the repository ``root`` render to, with the faults of descriptors and templates.

    ``jobs`` processes render, 0 for as many as there are cores. ``edited`` are texts of descriptors that take the place
    of what is on disk, by file.

    Raises:
        GitopsgenError: there are no descriptors, the selection matches none, or a template cannot be read.
    """
    fleet, findings = load_fleet(root, edited)
    require_match(selection, fleet, findings)
    return render_fleet(library, fleet, findings, selection, progress, jobs)


def render_fleet(
    library: Library,
    fleet: Fleet,
    findings: Iterable[Finding],
    selection: Selection,
    progress: Progress = silent,
    jobs: int = 1,
    *,
    alone: bool = False,
    history: bool = True,
) -> Rendered:
    """Return what a fleet renders to, and after its own ``findings`` those of templates.

    The other Apps of the selected Environments are rendered too, but for the selected ones ``alone``.

    Raises:
        GitopsgenError: a template cannot be read.
    """
    findings = list(findings)
    renderer = Renderer(engine=Engine(library.templates))
    releases = [
        one
        for one in fleet.releases
        if selection.has_environment(one.environment.name) and (not alone or selection.has_app(one.app))
    ]
    environments = [one for one in fleet.environments if selection.has_environment(one.name)]
    faulty = any(finding.severity is Severity.ERROR for finding in findings)
    partial = {one.name for one in environments if faulty}
    renderings = render_all(renderer, releases, jobs, lambda done: progress("rendering", done, len(releases)))
    renderings += map(renderer.environment, environments)
    names = [*(one.environment.name for one in releases), *(one.name for one in environments)]
    partial |= {name for name, one in zip(names, renderings, strict=True) if one.findings and not one.manifests}
    manifests = tuple(manifest for rendering in renderings for manifest in rendering.manifests)
    findings += (finding for rendering in renderings for finding in rendering.findings)
    rendered = Rendered(
        fleet=fleet,
        selection=selection,
        manifests=manifests,
        values=tuple(rendering.values for rendering in renderings if rendering.values),
        findings=tuple(findings),
        library=library,
        partial=frozenset(partial),
        history=history,
    )
    clusters = {environment.name: environment.cluster for environment in fleet.environments}
    return _with_collisions(rendered, clusters)


def check(rendered: Rendered, checker: Checker, progress: Progress = silent, more: Iterable[Finding] = ()) -> Report:
    """Return every finding on what was rendered: of descriptors, templates, structure and policies, waivers applied.

    ``more`` are findings of the caller's own, to which waivers apply as to all others.
    """
    sets = rendered.sets()
    locator = rendered.locator()
    verdicts: list[Verdict] = []
    findings = list(rendered.findings)
    faulty = any(finding.severity is Severity.ERROR for finding in findings)
    for done, (environment, rendered_set) in enumerate(sets):
        progress(f"checking {environment.name}", done, len(sets))
        # What a faulty descriptor does not render is not deleted.
        committed = None if faulty else rendered.committed(environment.name)
        resources = rendered_set
        if any(manifest.virtual for manifest in resources):
            drawing = _draw_charts(rendered, checker, environment, resources, locator)
            locator = replace(locator, drawn={**locator.drawn, **drawing.drawn})
            findings += drawing.findings
            verdicts.append(Verdict(findings=(), not_checked=tuple(drawing.not_checked), matched=frozenset()))
            resources = replace(resources, manifests=tuple(drawing.manifests))
        known = Known(releases=rendered.releases, committed=committed, elsewhere=rendered.elsewhere)
        verdicts.append(checker.check(resources, environment, known, locator))
    unseen = (*rendered.not_compared, *rendered.elsewhere.not_checked)
    verdicts.append(Verdict(findings=(), not_checked=unseen, matched=frozenset()))
    whole = rendered.selection == Selection() and not faulty
    return checker.conclude([*findings, *more], verdicts, selected=rendered.selection.has_app, whole=whole)


def _series(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the series that an App says Prometheus has of it."""
    return tuple(text_at(spec, "metrics", key) for key in ("requests", "latency") if text_at(spec, "metrics", key))


def _notification_names(environment: Environment) -> NotificationNames:
    """Return what an Environment says that Argo CD's notifications have there."""
    said = map_at(environment.spec, "argocd", "notificationConfig")
    triggers, services = said.get("triggers"), said.get("services")
    return NotificationNames(
        triggers=None if triggers is None else frozenset(triggers),
        services=None if services is None else frozenset(services),
    )


def _draw_charts(
    rendered: Rendered, checker: Checker, environment: Environment, resources: ManifestSet, locator: Locator
) -> "Drawing":
    """Return the objects of an Environment with what charts draw, and what is wrong with both together."""
    from gitopsgen.validation.charts.drawing import draw_charts  # noqa: PLC0415 - few Apps are drawn by charts

    values = {one.release: one for one in rendered.values}
    drawing = draw_charts(checker.charts, resources, rendered.releases, values, locator)
    locator = replace(locator, drawn=drawing.drawn)
    deployed = [one for one in drawing.manifests if not one.virtual or one in drawing.drawn]
    told = {(one.policy, one.message) for one in rendered.findings}
    clashes = collisions(deployed, {environment.name: environment.cluster}, lambda: locator)
    drawing.findings += [one for one in clashes if (one.policy, one.message) not in told]
    return drawing


def _with_collisions(rendered: Rendered, clusters: Mapping[str, str]) -> Rendered:
    found = collisions((one for one in rendered.manifests if not one.virtual), clusters, rendered.locator)
    if not found:
        return rendered
    return replace(rendered, findings=(*rendered.findings, *found))
