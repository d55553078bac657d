"""The commands that tell and show, and change nothing: their options and their help."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from gitopsgen.cli.parameters import HERE, App, Env, Jobs, OutputOption, Repo


def plan(
    target: Annotated[
        str, typer.Argument(metavar="ENV/APP|FILE", help="A release, or a file with a Rollout; - to read.")
    ],
    repo: Repo = HERE,
    output_format: Annotated[str, typer.Option("--format", help="text, json, svg or html.")] = "text",
) -> int:
    """Show what a rollout will do, step by step: weight, pods, gates, holds, analysis, and what an abort leaves."""
    from gitopsgen.cli.planning import plan_command  # noqa: PLC0415 - a command loads what it runs

    return plan_command(repo, target, output_format)


def explain(
    target: Annotated[
        str,
        typer.Argument(
            metavar="ENV/APP|ENV|FILE:LINE|POLICY",
            help="A release or an Environment and a KEY of it, a rendered line, or a rule.",
        ),
    ],
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="A key of the merged spec, such as image.tag.")] = "",
    repo: Repo = HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Say why a key holds what it holds, where a rendered line came from, or what a policy means.

    Examples:
      gitopsgen explain prod/sample-api image.tag

      gitopsgen explain prod argocd.repoURL

      gitopsgen explain rendered/prod/sample-api/manifests/rollout-sample-api.yaml:24

      gitopsgen explain ungated-production-canary
    """
    from gitopsgen.cli.explaining import explain_command  # noqa: PLC0415 - a command loads what it runs

    return explain_command(repo, target, key, output_format)


def affected(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE[:LINE]]...", help="Descriptors, templates, policies, files of charts."),
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="REF", help="Follow the change of the work tree since this commit.")
    ] = "",
    repo: Repo = HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """List the releases and rendered files that an edit reaches; writes nothing.

    Examples:
      gitopsgen affected environments/prod.yaml        what an edit there can reach

      gitopsgen affected environments/prod.yaml:18     what the key on that line has a say about

      gitopsgen affected --since main --format json    for a matrix in CI
    """
    from gitopsgen.cli.affecting import affected_command  # noqa: PLC0415 - a command loads what it runs

    return affected_command(repo, tuple(targets or ()), since, output_format)


def diff(
    base: Annotated[
        str, typer.Option("--base", help="The revision to compare with.", show_default="where this left main")
    ] = "",
    head: Annotated[
        str, typer.Option("--head", help="Compare this revision.", show_default="what is rendered now")
    ] = "",
    between: Annotated[
        tuple[str, str] | None,
        typer.Option("--between", metavar="ENV ENV", help="Compare what two Environments set instead."),
    ] = None,
    repo: Repo = HERE,
    env: Env = None,
    app: App = None,
    output_format: Annotated[
        str, typer.Option("--format", help="text, markdown, json or html.", show_default="text")
    ] = "",
    output: OutputOption = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="high, medium, low or never: what makes the run exit 1.")
    ] = "never",
    jobs: Jobs = 0,
) -> int:
    """Show what a change does to the rendered objects, release by release, the riskiest first.

    What would be rendered now is compared with what was committed at the base. Examples:

      gitopsgen diff                            against where this branch left main

      gitopsgen diff --base v1.2.0 --head HEAD  two revisions

      gitopsgen diff --between staging prod     by key, with the place of either value
    """
    if between is not None:
        from gitopsgen.cli.diffing import between_command, require_alone  # noqa: PLC0415 - a command loads what it runs

        others = {"--base": base, "--head": head, "--env": env, "--output": output, "--fail-on": fail_on != "never"}
        require_alone([name for name, given in others.items() if given])
        return between_command(repo, between, tuple(app or ()), output_format or "text")
    from gitopsgen.cli.reviewing import DiffOptions, diff_command  # noqa: PLC0415 - a command loads what it runs

    options = DiffOptions(
        root=repo,
        base=base,
        head=head,
        environments=tuple(env or ()),
        apps=tuple(app or ()),
        output_format=output_format,
        outputs=tuple(output or ()),
        fail_on=fail_on,
        jobs=jobs,
    )
    return diff_command(options)


def report(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to write the page; standard output when left out.")
    ] = None,
    repo: Repo = HERE,
    env: Env = None,
    app: App = None,
    base: Annotated[
        str, typer.Option("--base", help="The revision to compare with.", show_default="where this left main")
    ] = "",
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="error, warning, info or never: what makes the run exit 1.")
    ] = "error",
    jobs: Jobs = 0,
) -> int:
    """Write the whole repository as one page of HTML: versions, findings, changes, and every rollout drawn.

    The page needs nothing else, and runs no script. It is written whatever the exit status is. For instance:

      gitopsgen report report.html
    """
    from gitopsgen.cli.options import ReportOptions  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.reporting import report_command  # noqa: PLC0415 - the same

    options = ReportOptions(
        root=repo,
        file=file,
        base=base,
        environments=tuple(env or ()),
        apps=tuple(app or ()),
        fail_on=fail_on,
        jobs=jobs,
    )
    return report_command(options)


COMMANDS: Final[Mapping[str, Callable[..., int]]] = {
    "plan": plan,
    "explain": explain,
    "affected": affected,
    "diff": diff,
    "report": report,
}
"""The commands by their names, in the order of the help."""
