"""How every delivery goes: proposed, shown, and carried out when nothing blocks it."""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from gitopsgen.cli.checks import load_checker
from gitopsgen.cli.console import coloured, ended_gently, note, progress, say, unread
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import DeliveryOptions, Outputs
from gitopsgen.cli.outputs import Printer
from gitopsgen.delivery.committing import Committed, Wanted, carry_out, prepare, require_clean
from gitopsgen.delivery.message import Delivery, commit_message
from gitopsgen.delivery.overlays import Setting
from gitopsgen.delivery.promotion import Judgement
from gitopsgen.delivery.proposal import Proposal, propose
from gitopsgen.delivery.waiting import Clients, Clock, Outcome, wait
from gitopsgen.descriptors.described import Described
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.release import Release
from gitopsgen.policies.catalogue import Catalogue
from gitopsgen.policies.plans import plans_of
from gitopsgen.reports.plain import counted
from gitopsgen.reports.proposal import proposal_data, proposal_text
from gitopsgen.rollouts.drawing import draw_text
from gitopsgen.rollouts.plan import Plan

_ARGO: Final = "argoproj.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done to a release, the words for it, and the judgement by rules of its own, if it has some.

    ``meant`` are policies whose findings say no more than that. ``tag`` is the name of the tag for its commit.
    """

    release: Release
    settings: tuple[Setting, ...]
    delivery: Delivery
    judge: Callable[[Catalogue], Judgement] | None = None
    meant: frozenset[str] = frozenset()
    tag: str = ""


def deliver(options: DeliveryOptions, described: Described, change: Change) -> int:
    """Propose a change, show it, and carry it out as far as the options say; return the exit status.

    Raises:
        GitopsgenError: it cannot be done; nothing has changed then.
    """
    _require_sense(options)
    release = change.release
    wanted = Wanted(commit=options.commit or options.push or options.tag, push=options.push, tag=options.tag)
    prepared = prepare(options.root, wanted, change.tag)
    clients = Clients.find(with_rollouts=release.spec["rollout"].get("profile") != "rolling") if options.wait else None
    checker = load_checker(Library(root=options.root))
    judgement = change.judge(checker.catalogue) if change.judge else None
    with progress() as show:
        proposal = propose(
            described,
            release,
            change.settings,
            checker,
            shared=options.shared,
            judgement=judgement,
            meant=change.meant,
            progress=show,
        )
    if proposal is None:
        return _nothing_to_do(options, change)
    if prepared:
        require_clean(options.root, proposal)
    text = options.output_format == "text"
    plans = _plans(proposal)
    with _read_by_somebody(dry_run=options.dry_run):
        if text:
            printer = Printer(
                root=options.root,
                outputs=Outputs(),
                command=change.delivery.verb,
                page=checker.catalogue.page,
                edited=proposal.texts,
            )
            printer.emit(proposal.report, diagnostics=True)
        if proposal.report.blocks:
            _print_data(options, proposal, plans, None, written=False)
            note("nothing was changed")
            return FAULTS
        if text:
            _show(proposal, plans)
        if options.dry_run:
            _print_data(options, proposal, plans, None, written=False)
            if prepared and text:
                say(f"\n{commit_message(change.delivery, proposal.affected, proposal.report).rstrip()}")
            note("a dry run: nothing was changed")
            return CLEAN
    with ended_gently():
        committed = carry_out(options.root, proposal, change.delivery, prepared)
    try:
        _print_data(options, proposal, plans, committed, written=True)
        if text:
            _say_done(proposal, change, committed)
        sys.stdout.flush()
    except BrokenPipeError:
        unread()
    return _wait(options, proposal, clients) if clients else CLEAN


@contextmanager
def _read_by_somebody(*, dry_run: bool) -> Iterator[None]:
    """Refuse to go on where what was to be looked at is not read, as behind `| head`.

    Raises:
        GitopsgenError: nobody reads what is printed.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        if dry_run:
            raise
        unread()
        raise GitopsgenError("nothing was changed: nobody reads what is printed", fix="print to a file") from error


def _show(proposal: Proposal, plans: list[Plan]) -> None:
    sys.stdout.write(proposal_text(proposal, colour=coloured(sys.stdout)))
    for plan in plans:
        say("")
        say(draw_text(plan, shutil.get_terminal_size((100, 40)).columns).rstrip())
    sys.stdout.flush()


def _require_sense(options: DeliveryOptions) -> None:
    if options.output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{options.output_format}`", fix="one of: text, json")
    if options.wait and not options.push:
        raise GitopsgenError("`--wait` waits for what was pushed", fix="add `--push`")


def _nothing_to_do(options: DeliveryOptions, change: Change) -> int:
    name = change.release.name
    if options.output_format == "json":
        say(json.dumps(proposal_data(None, name, [], None, written=False), indent=2))
    else:
        say(f"nothing to do: {name} has {change.delivery.what} already")
    return CLEAN


def _plans(proposal: Proposal) -> list[Plan]:
    """Return what the rollouts of the release will do, where its files change."""
    if not proposal.tree:
        return []
    rendered = proposal.rendered
    versions = rendered.environments[proposal.release.partition("/")[0]].versions
    return plans_of(ManifestSet(tuple(_manifests(proposal))), versions)


def _manifests(proposal: Proposal) -> Iterable[Manifest]:
    return (manifest for manifest in proposal.rendered.manifests if manifest.release == proposal.release)


def _print_data(
    options: DeliveryOptions, proposal: Proposal, plans: list[Plan], committed: Committed | None, *, written: bool
) -> None:
    if options.output_format == "json":
        data = proposal_data(proposal, proposal.release, plans, committed, written=written)
        say(json.dumps(data, indent=2, ensure_ascii=False))


def _say_done(proposal: Proposal, change: Change, committed: Committed | None) -> None:
    files = counted(len(proposal.files), "file")
    if committed is None:
        say(f"\nchanged {files}; nothing is committed: add `--commit`, or commit them yourself")
        return
    say(f"\n{committed.commit[:12]}  {change.delivery.subject}  ({files})")
    if committed.tag:
        say(f"tagged {committed.tag}")
    if committed.pushed_to:
        count = "1 commit" if committed.also == 1 else f"{committed.also} commits"
        also = f", with {count} before it" if committed.also else ""
        say(f"pushed to {committed.pushed_to}{also}")


def _wait(options: DeliveryOptions, proposal: Proposal, clients: Clients) -> int:
    manifests = list(_manifests(proposal))
    applications = [one for one in manifests if (one.group, one.kind) == (_ARGO, "Application")]
    rollouts = [one for one in manifests if (one.group, one.kind) == (_ARGO, "Rollout")]
    clock = Clock(now=time.monotonic, sleep=time.sleep)
    for application in applications:
        waited = wait(clients, application, rollouts, seconds=options.timeout_seconds, clock=clock)
        note(waited.message)
        if waited.fix:
            note(f"   next: {waited.fix}")
        if waited.outcome not in (Outcome.HEALTHY, Outcome.PAUSED):
            environment, _, app = proposal.release.partition("/")
            note(f"   to go back: `gitopsgen rollback {app} --env {environment} --commit --push`")
            return FAULTS
    return CLEAN
