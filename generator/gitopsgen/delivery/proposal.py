"""A change before anything is written: the new texts of descriptors, what they render to, and what the checks say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gitopsgen.checking import Checker
from gitopsgen.delivery.overlays import Setting, changed_releases, edited_texts
from gitopsgen.delivery.promotion import Judgement
from gitopsgen.delivery.settings import typed
from gitopsgen.descriptors.described import Described
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Severity
from gitopsgen.model.listing import some_of
from gitopsgen.model.release import Release
from gitopsgen.model.report import Report
from gitopsgen.pipeline import Progress, Rendered, Selection, check, render, silent
from gitopsgen.tree.faults import tree_findings
from gitopsgen.tree.state import FileState, State, compare
from gitopsgen.tree.writing import Changes, changes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """What a change of a release would do.

    ``texts`` are the descriptors that change. ``affected`` are the releases that are not as before, ``tree`` what
    happens to their files. ``before`` is what all these files hold now, ``report`` what the checks say.
    """

    release: str
    affected: tuple[str, ...]
    texts: Mapping[str, str]
    before: Mapping[str, str]
    tree: Changes
    rendered: Rendered
    report: Report

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is written or removed."""
        return tuple(sorted({*self.texts, *self.tree.write, *self.tree.remove}))


def propose(
    described: Described,
    release: Release,
    settings: Sequence[Setting],
    checker: Checker,
    *,
    shared: bool = False,
    judgement: Judgement | None = None,
    meant: frozenset[str] = frozenset(),
    progress: Progress = silent,
) -> Proposal | None:
    """Return what ``settings`` of a release would do; ``None`` when they are so already. Nothing is written.

    ``judgement`` is what there is to say of the change itself; waivers apply to that, too. ``meant`` are policies whose
    findings on the release say no more than what is asked for: they are told, and do not block.

    Raises:
        GitopsgenError: a setting has no place, or other releases would change with it and ``shared`` is not set.
    """
    texts = edited_texts(release, settings, described.descriptors, shared=shared)
    if not texts:
        return None
    descriptors, _ = load_descriptors(described.root, texts)
    fleet, _ = resolve(descriptors)
    affected = changed_releases(described.fleet, fleet)
    others = [name for name in affected if name != release.name]
    if others and not shared:
        raise GitopsgenError(
            f"what {release.name} says here is what {some_of(others, _SHOWN)} gets, too",
            fix=f"if they are meant: `gitopsgen set {release.name} {typed(settings)} --shared`; "
            "else give each an entry or Environment of its own",
        )
    names = affected or [release.name]
    selection = Selection(
        environments=tuple(sorted({name.partition("/")[0] for name in names})),
        apps=tuple(sorted({name.partition("/")[2] for name in names})),
    )
    library = Library(root=described.root)
    rendered = render(described.root, library, selection, progress, jobs=0, edited=texts)
    judged = judgement or Judgement()
    report = check(rendered, checker, progress, judged.findings)
    findings = [
        replace(one, severity=Severity.INFO) if one.policy in meant and one.release == release.name else one
        for one in report.findings
    ]
    report = replace(report, findings=tuple(findings))
    states = compare(described.root, rendered.texts, rendered.scope)
    # What does not render is not deleted.
    told = (
        [] if report.blocks else tree_findings(_unchanged(states, described, selection), force=False, allow_empty=False)
    )
    report = replace(
        report,
        findings=tuple(sorted((*report.findings, *told), key=lambda finding: finding.order)),
        not_checked=(*report.not_checked, *judged.not_checked),
    )
    return Proposal(
        release=release.name,
        affected=tuple(affected),
        texts=texts,
        before={file: described.descriptors.texts[file] for file in texts}
        | {state.file: state.text for state in states if state.text is not None},
        tree=changes(states),
        rendered=rendered,
        report=report,
    )


def _unchanged(states: list[FileState], described: Described, selection: Selection) -> list[FileState]:
    """Return the states, those of edited files without what the change itself does to them: nobody wrote that."""
    if not any(state.state is State.EDITED for state in states):
        return states
    before = render(described.root, Library(root=described.root), selection, jobs=0).texts
    return [
        replace(state, expected=before.get(state.file, state.expected)) if state.state is State.EDITED else state
        for state in states
    ]


_SHOWN = 5
