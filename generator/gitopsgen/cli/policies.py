"""``gitopsgen policy``: list the rules, run their examples, scaffold a new one."""

import json
import re
from pathlib import Path
from typing import Final

from gitopsgen.cli.console import note, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import Outputs
from gitopsgen.cli.outputs import Printer
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.finding import Finding, Severity
from gitopsgen.model.report import Report
from gitopsgen.policies.catalogue import load_catalogue
from gitopsgen.policies.examples import ExampleFailure, run_examples
from gitopsgen.policies.fingerprints import with_fingerprints
from gitopsgen.policies.scaffold import SCAFFOLD
from gitopsgen.reports import Format

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def list_command(root: Path, output_format: str, more: tuple[Path, ...]) -> int:
    """Print every rule: its id, its worst severity, and what it is about."""
    catalogue, findings = load_catalogue(*Library(root=root, more_policies=more).policies)
    pages = list(catalogue.all.values())
    if output_format == "json":
        data = [
            {
                "id": page.id,
                "severity": dict(page.severity),
                "category": page.category,
                "summary": page.summary,
                "waivable": page.waivable,
                "file": page.document.file,
            }
            for page in pages
        ]
        say(json.dumps(data, indent=2, ensure_ascii=False))
    elif output_format == "text":
        width = max(len(page.id) for page in pages)
        for page in pages:
            say(f"{page.id:<{width}}  {page.worst:<7}  {page.summary}")
        say(f"{len(pages)} rules, {len(catalogue.policies)} of them policies")
    else:
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json")
    for finding in findings:
        note(f"{finding.location}: error[{finding.policy}] {finding.message}")
    return FAULTS if findings else CLEAN


def test_command(root: Path, names: tuple[str, ...], more: tuple[Path, ...], outputs: Outputs) -> int:
    """Run the examples of the named policies, and print those that do not do what they say."""
    catalogue, findings = load_catalogue(*Library(root=root, more_policies=more).policies)
    tested = [page for page in catalogue.matching(names) if page.id in catalogue.policies and not page.rule]
    if names and not tested:
        raise GitopsgenError(f"no policy matches {', '.join(names)}", fix="`gitopsgen policy list` prints them all")
    failures = [failure for policy in tested for failure in run_examples(policy, catalogue)]
    findings += [_finding(failure) for failure in failures]
    report = Report(findings=tuple(with_fingerprints(sorted(findings, key=lambda finding: finding.order))))
    Printer(root=root, outputs=outputs, command="policy test", page=catalogue.page).emit(report)
    if outputs.standard in (None, Format.TEXT):
        examples = sum(len(policy.examples) for policy in tested)
        say(f"{len(tested)} policies, {examples} examples, {len(failures)} failures")
    return FAULTS if findings else CLEAN


def _finding(failure: ExampleFailure) -> Finding:
    return Finding(
        policy="policy/example-fails",
        severity=Severity.ERROR,
        message=f"{failure.policy}: {failure.message}",
        location=failure.location,
        fix="mend the example, or the rule that it shows",
    )


def new_command(root: Path, name: str) -> int:
    """Write ``policies/NAME.yaml`` with a rule to change and examples that pass its test."""
    if not _ID.fullmatch(name):
        raise GitopsgenError(
            f"`{name}` is no id", fix="lower-case words with dashes that name the fault, such as image-untagged"
        )
    file = root / "policies" / f"{name}.yaml"
    if file.exists():
        raise GitopsgenError(f"{file} is there already", fix="choose another name")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SCAFFOLD.replace("NAME", name), encoding="utf-8", newline="\n")
    except OSError as error:
        raise GitopsgenError(f"{file} cannot be written: {error.strerror}") from error
    say(f"created  policies/{name}.yaml")
    say(f"next: change it, and run `gitopsgen policy test {name}`")
    return CLEAN
