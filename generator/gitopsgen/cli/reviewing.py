"""``gitopsgen diff``: what a change does to the rendered objects, the riskiest first."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gitopsgen.cli.console import coloured, note
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.memo import tree_is_current
from gitopsgen.cli.options import places_of
from gitopsgen.cli.outputs import folder_in_work_tree, write_whole
from gitopsgen.delivery.review.model import Level, Review
from gitopsgen.delivery.review.reviewing import review
from gitopsgen.delivery.review.trees import Committed, OnDisk, Tree
from gitopsgen.descriptors.selecting import Selection
from gitopsgen.git.changes import resolve
from gitopsgen.git.history import base_commit
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.tree.state import place_of

_FORMATS: Final = ("text", "markdown", "json", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """The options of ``gitopsgen diff``."""

    root: Path
    base: str
    head: str
    environments: tuple[str, ...]
    apps: tuple[str, ...]
    output_format: str
    outputs: tuple[str, ...]
    fail_on: str
    jobs: int


def diff_command(options: DiffOptions) -> int:
    """Print the review of what is rendered now against the base; return 1 where it is as risky as ``fail_on``.

    Raises:
        GitopsgenError: there is no such revision, format or level, or this is no repository.
    """
    standard, files = places_of(options.output_format, options.outputs, _FORMATS)
    if not standard and not files:
        standard = "text"
    level = _level(options.fail_on)
    base = resolve(options.root, options.base) if options.base else base_commit(options.root)
    if base is None:
        raise GitopsgenError("there is nothing to compare with: git has no commit here", fix="commit, or `git init`")
    selection = Selection(environments=options.environments, apps=options.apps)
    before = Committed(root=options.root, commit=base)
    after, faults = _after(options, before, selection)
    # What has a fault is not rendered, and would look as if it were removed.
    left_out = {place for place in _places(before) - _places(after) if selection.covers(place)} if faults else set()
    head = after.commit if isinstance(after, Committed) else ""
    found = review(before, after, lambda place: selection.covers(place) and place not in left_out, head=head)
    found = replace(found, left_out=tuple(sorted(left_out)))
    folder = folder_in_work_tree(options.root)
    if standard:
        sys.stdout.write(_text(found, standard, folder, colour=coloured(sys.stdout)))
    for kind, file in files:
        write_whole(file, _text(found, kind, folder, colour=False))
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        note(f"{count} in what people wrote, and what has one is left out: run `gitopsgen lint`")
    return FAULTS if faults or (level and found.reaches(level)) else CLEAN


def _places(tree: Tree) -> frozenset[str]:
    return frozenset(place_of(file) for file in tree.files)


def _after(options: DiffOptions, base: Committed, selection: Selection) -> tuple[Tree, list[Finding]]:
    """Return the tree that is compared, and what is wrong with what it is rendered from.

    Where ``rendered/`` is known to be what would be rendered, it is read; elsewhere it is rendered, as far as it is
    not known.
    """
    if options.head:
        return Committed(root=options.root, commit=resolve(options.root, options.head)), []
    if tree_is_current(options.root):
        return OnDisk(root=options.root), []
    from gitopsgen.cli.kept import render_changed  # noqa: PLC0415 - only where something has changed

    tree, findings = render_changed(options.root, base, selection, options.jobs)
    return tree, [one for one in findings if one.severity is Severity.ERROR]


def _text(found: Review, kind: str, folder: str, *, colour: bool) -> str:
    match kind:
        case "json":
            from gitopsgen.reports.review_data import review_data  # noqa: PLC0415 - one of four

            return json.dumps(review_data(found), indent=2, ensure_ascii=False) + "\n"
        case "markdown":
            from gitopsgen.reports.review_markdown import review_markdown  # noqa: PLC0415 - one of four

            return review_markdown(found, folder=folder)
        case "html":
            from gitopsgen.reports.review_html import review_html  # noqa: PLC0415 - one of four

            return review_html(found)
        case _:
            from gitopsgen.reports.review_text import review_text  # noqa: PLC0415 - one of four

            return review_text(found, colour=colour)


def _level(text: str) -> Level | None:
    if text == "never":
        return None
    try:
        return Level(text)
    except ValueError:
        raise GitopsgenError(f"there is no level `{text}`", fix="one of: high, medium, low, never") from None
