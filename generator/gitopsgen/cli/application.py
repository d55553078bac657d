"""The commands, their options and their help. What they do is loaded when they run."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from gitopsgen.model.engine import EngineName
from gitopsgen.reports import Format

application = typer.Typer(
    name="gitopsgen",
    help="Expand environment descriptors into what Argo CD watches, and check it before it is written.",
    epilog="Exit status: 0 clean; 1 findings, drift or a faulty file; 2 the run could not be done.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
policies = typer.Typer(help="The rule set: list it, test it, add to it.", no_args_is_help=True, rich_markup_mode=None)
application.add_typer(policies, name="policy")
schemas = typer.Typer(
    help="Schemas of custom kinds: pull and lock them, list them.", no_args_is_help=True, rich_markup_mode=None
)
application.add_typer(schemas, name="schemas")

Repo: TypeAlias = Annotated[Path, typer.Option("-C", "--repo", help="The repository.", show_default="this folder")]
Env: TypeAlias = Annotated[
    list[str] | None, typer.Option("--env", help="Only these Environments: a name or a glob, repeatable.")
]
App: TypeAlias = Annotated[
    list[str] | None, typer.Option("--app", help="Only these Apps: a name or a glob, repeatable.")
]
FormatOption: TypeAlias = Annotated[
    Format | None, typer.Option("--format", help="How findings are printed.", show_default="text")
]
OutputOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--output", metavar="FORMAT[=FILE]", help="Several formats in one run: repeatable, one without FILE."),
]
Select: TypeAlias = Annotated[list[str] | None, typer.Option("--select", help="Only these rules: an id or a glob.")]
Ignore: TypeAlias = Annotated[list[str] | None, typer.Option("--ignore", help="Not these rules: an id or a glob.")]
Jobs: TypeAlias = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 for one a core.")]
SchemaEngineOption: TypeAlias = Annotated[
    EngineName | None,
    typer.Option(
        "--schema-engine",
        help="What holds objects against their schemas; the program kubeconform when it is installed.",
        show_default="embedded, or what policies/config.yaml says",
    ),
]
PolicySet: TypeAlias = Annotated[
    str,
    typer.Option(
        "--policy-set", help="baseline or strict.", show_default="baseline, or what policies/config.yaml says"
    ),
]
PolicyFolders: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option("--policy", metavar="DIR", help="A further folder of policies, repeatable."),
]
Commit: TypeAlias = Annotated[
    bool, typer.Option("--commit", help="Make one commit of the descriptors and rendered files that change.")
]
Push: TypeAlias = Annotated[bool, typer.Option("--push", help="Commit, and push the branch.")]
Tag: TypeAlias = Annotated[bool, typer.Option("--tag", help="Commit, and tag the commit ENV/APP/VERSION.")]
Wait: TypeAlias = Annotated[
    bool, typer.Option("--wait", help="After the push, wait for Argo CD and the rollout: needs argocd, and its plugin.")
]
Timeout: TypeAlias = Annotated[int, typer.Option("--timeout", min=1, help="Seconds to wait.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")]
DeliveryFormat: TypeAlias = Annotated[str, typer.Option("--format", help="text or json.")]
_HERE = Path()
_TIMEOUT_SECONDS = 600


@application.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; made when it does not exist.")] = _HERE,
) -> int:
    """Scaffold a repository that renders and lints clean at once, offline."""
    from gitopsgen.cli.scaffold import scaffold  # noqa: PLC0415 - a command loads what it runs

    return scaffold(folder)


@application.command()
def render(
    repo: Repo = _HERE,
    env: Env = None,
    app: App = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when the tree is out of date.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Let an Environment lose all its files.")] = False,
    output_format: FormatOption = None,
    output: OutputOption = None,
    jobs: Jobs = 0,
    cache: Annotated[
        bool, typer.Option(help="Skip a run whose inputs and outputs are as the last one left them.")
    ] = True,
    schema_engine: SchemaEngineOption = None,
    policy_set: PolicySet = "",
) -> int:
    """Render, check and write; prints what changed.

    Nothing is written when a finding is an error. Examples:

      gitopsgen render                      everything

      gitopsgen render --env prod           one Environment

      gitopsgen render --check              in CI: is the committed tree up to date?
    """
    from gitopsgen.cli.memo import replay  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import RenderOptions, parse_outputs  # noqa: PLC0415 - the same

    options = RenderOptions(
        root=repo,
        environments=tuple(env or ()),
        apps=tuple(app or ()),
        check=check,
        force=force,
        allow_empty=allow_empty,
        outputs=parse_outputs(output_format, output or ()),
        jobs=jobs,
        cache=cache,
        schema_engine=schema_engine,
        policy_set=policy_set,
    )
    if cache and options.outputs.only_standard and (status := replay(options)) is not None:
        return status
    from gitopsgen.cli.rendering import render_command  # noqa: PLC0415 - only where something has changed

    return render_command(options)


@application.command()
def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Manifest files and folders of any origin; - for standard input."),
    ] = None,
    repo: Repo = _HERE,
    env: Env = None,
    app: App = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="error, warning or info: what makes the run exit 1.")
    ] = "error",
    baseline: Annotated[Path | None, typer.Option(help="Only findings that are not in this file count.")] = None,
    write_baseline: Annotated[
        Path | None, typer.Option("--write-baseline", help="Write the fingerprints of all findings to this file.")
    ] = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
    kubernetes_version: Annotated[
        str, typer.Option("--kubernetes-version", help="For the given files: the schemas to use, such as 1.34.")
    ] = "",
    jobs: Jobs = 0,
    schema_engine: SchemaEngineOption = None,
    policy: PolicyFolders = None,
    policy_set: PolicySet = "",
    since: Annotated[
        str,
        typer.Option(
            metavar="REF", help="Only findings on lines that changed since this commit, and those that are new."
        ),
    ] = "",
) -> int:
    """Check what would be rendered, or the given manifest files and folders; writes nothing.

    Examples:
      gitopsgen lint                        what the descriptors would render

      gitopsgen lint deploy/ app.yaml       any Kubernetes YAML

      helm template . | gitopsgen lint -

      gitopsgen lint --since origin/main    only what this branch brings
    """
    from gitopsgen.cli.linting import lint_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import LintOptions, parse_outputs  # noqa: PLC0415 - the same

    options = LintOptions(
        root=repo,
        paths=tuple(paths or ()),
        environments=tuple(env or ()),
        apps=tuple(app or ()),
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        fail_on=fail_on,
        baseline=baseline,
        write_baseline=write_baseline,
        outputs=parse_outputs(output_format, output or ()),
        kubernetes_version=kubernetes_version,
        jobs=jobs,
        schema_engine=schema_engine,
        policies=tuple(policy or ()),
        policy_set=policy_set,
        since=since,
    )
    return lint_command(options)


@application.command()
def verify(
    repo: Repo = _HERE,
    env: Env = None,
    app: App = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> int:
    """Tell for each file under rendered/: current, stale, edited, missing, orphan or foreign."""
    from gitopsgen.cli.options import parse_outputs  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.verifying import verify_command  # noqa: PLC0415 - the same
    from gitopsgen.pipeline import Selection  # noqa: PLC0415 - the same

    selection = Selection(environments=tuple(env or ()), apps=tuple(app or ()))
    return verify_command(repo, selection, parse_outputs(output_format, output or ()))


@application.command()
def plan(
    target: Annotated[
        str, typer.Argument(metavar="ENV/APP|FILE", help="A release, or a file with a Rollout; - to read.")
    ],
    repo: Repo = _HERE,
    output_format: Annotated[str, typer.Option("--format", help="text, json, svg or html.")] = "text",
) -> int:
    """Show what a rollout will do, step by step: weight, pods, gates, holds, analysis, and what an abort leaves."""
    from gitopsgen.cli.planning import plan_command  # noqa: PLC0415 - a command loads what it runs

    return plan_command(repo, target, output_format)


@application.command()
def explain(
    target: Annotated[
        str,
        typer.Argument(metavar="ENV/APP|FILE:LINE|POLICY", help="A release and its KEY, a rendered line, or a rule."),
    ],
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="A key of the App's spec, such as image.tag.")] = "",
    repo: Repo = _HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Say why a key holds what it holds, where a rendered line came from, or what a policy means.

    Examples:
      gitopsgen explain prod/sample-api image.tag

      gitopsgen explain rendered/prod/sample-api/manifests/rollout-sample-api.yaml:24

      gitopsgen explain ungated-production-canary
    """
    from gitopsgen.cli.explaining import explain_command  # noqa: PLC0415 - a command loads what it runs

    return explain_command(repo, target, key, output_format)


@application.command()
def affected(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE[:LINE]]...", help="Descriptors, templates, policies, files of charts."),
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="REF", help="Follow the change of the work tree since this commit.")
    ] = "",
    repo: Repo = _HERE,
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


@application.command()
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
    repo: Repo = _HERE,
    env: Env = None,
    app: App = None,
    output_format: Annotated[str, typer.Option("--format", help="text, markdown, json or html.")] = "text",
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
        from gitopsgen.cli.diffing import between_command  # noqa: PLC0415 - a command loads what it runs

        return between_command(repo, between, tuple(app or ()), output_format)
    from gitopsgen.cli.reviewing import DiffOptions, diff_command  # noqa: PLC0415 - a command loads what it runs

    options = DiffOptions(
        root=repo,
        base=base,
        head=head,
        environments=tuple(env or ()),
        apps=tuple(app or ()),
        outputs=tuple(output or (output_format,)),
        fail_on=fail_on,
        jobs=jobs,
    )
    return diff_command(options)


@application.command("set")
def set_keys(
    target: Annotated[str, typer.Argument(metavar="ENV/APP", help="The release.")],
    assignments: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="Keys of the App's spec, and YAML.")],
    repo: Repo = _HERE,
    shared: Annotated[
        bool, typer.Option("--shared", help="Change the layer that a value comes from, for all who share it.")
    ] = False,
    commit: Commit = False,
    push: Push = False,
    wait: Wait = False,
    timeout: Timeout = _TIMEOUT_SECONDS,
    dry_run: DryRun = False,
    output_format: DeliveryFormat = "text",
) -> int:
    """Edit the descriptor in place, render and check; nothing is kept when a finding blocks.

    KEY=null removes what lower layers say; KEY= takes out what this release says itself. Examples:

      gitopsgen set prod/sample-api replicas=8

      gitopsgen set prod/sample-api 'rollout.with.gates=[5, 50]' env.LOG_LEVEL=DEBUG --commit
    """
    from gitopsgen.cli.deliveries import set_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import DeliveryOptions  # noqa: PLC0415 - the same

    options = DeliveryOptions(
        root=repo,
        commit=commit,
        push=push,
        tag=False,
        wait=wait,
        timeout_seconds=timeout,
        dry_run=dry_run,
        shared=shared,
        output_format=output_format,
    )
    return set_command(options, target, tuple(assignments))


@application.command()
def deploy(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --env.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="v1.1.0, sha256:…, or v1.1.0@sha256:….")],
    env: Annotated[str, typer.Option("--env", help="The Environment.")] = "",
    repo: Repo = _HERE,
    commit: Commit = False,
    push: Push = False,
    tag: Tag = False,
    wait: Wait = False,
    timeout: Timeout = _TIMEOUT_SECONDS,
    dry_run: DryRun = False,
    output_format: DeliveryFormat = "text",
) -> int:
    """Give a release another version: its tag, its digest, or both.

    For instance:

      gitopsgen deploy sample-api v1.1.0 --env dev --commit

      gitopsgen deploy sample-api v1.1.0@sha256:… --env dev --push --wait
    """
    from gitopsgen.cli.deliveries import deploy_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import DeliveryOptions  # noqa: PLC0415 - the same

    options = DeliveryOptions(
        root=repo,
        commit=commit,
        push=push,
        tag=tag,
        wait=wait,
        timeout_seconds=timeout,
        dry_run=dry_run,
        shared=False,
        output_format=output_format,
    )
    return deploy_command(options, app, version, env)


@application.command()
def promote(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App.")],
    target: Annotated[str, typer.Option("--to", help="The Environment that gets the version.")],
    source: Annotated[
        str, typer.Option("--from", help="The Environment that has it.", show_default="its promotesFrom")
    ] = "",
    repo: Repo = _HERE,
    commit: Commit = False,
    push: Push = False,
    tag: Tag = False,
    wait: Wait = False,
    timeout: Timeout = _TIMEOUT_SECONDS,
    dry_run: DryRun = False,
    output_format: DeliveryFormat = "text",
) -> int:
    """Carry a version, tag and digest, from one Environment to the next.

    Refused are: skipping an Environment of promotesFrom, going back, a version that the lower Environment does not have
    now, or has had for less than `soak`. Example:

      gitopsgen promote sample-api --from staging --to prod --push
    """
    from gitopsgen.cli.deliveries import promote_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import DeliveryOptions  # noqa: PLC0415 - the same

    options = DeliveryOptions(
        root=repo,
        commit=commit,
        push=push,
        tag=tag,
        wait=wait,
        timeout_seconds=timeout,
        dry_run=dry_run,
        shared=False,
        output_format=output_format,
    )
    return promote_command(options, app, source, target)


@application.command()
def rollback(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --env.")],
    env: Annotated[str, typer.Option("--env", help="The Environment.")] = "",
    to: Annotated[
        str, typer.Option("--to", help="A version that it has had.", show_default="the one before this")
    ] = "",
    repo: Repo = _HERE,
    commit: Commit = False,
    push: Push = False,
    tag: Tag = False,
    wait: Wait = False,
    timeout: Timeout = _TIMEOUT_SECONDS,
    dry_run: DryRun = False,
    output_format: DeliveryFormat = "text",
) -> int:
    """Return a release to the version before this one, or to a named one, as git has kept it.

    For instance:

      gitopsgen rollback sample-api --env prod --push

      gitopsgen rollback sample-api --env prod --to v1.0.0 --dry-run
    """
    from gitopsgen.cli.deliveries import rollback_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import DeliveryOptions  # noqa: PLC0415 - the same

    options = DeliveryOptions(
        root=repo,
        commit=commit,
        push=push,
        tag=tag,
        wait=wait,
        timeout_seconds=timeout,
        dry_run=dry_run,
        shared=False,
        output_format=output_format,
    )
    return rollback_command(options, app, env, to)


@application.command()
def publish(
    env: Annotated[str, typer.Option("--env", help="The Environment.")],
    branch: Annotated[
        str, typer.Option("--branch", help="Its branch, such as environments/prod; made when it is new.")
    ],
    repo: Repo = _HERE,
    layout: Annotated[
        str, typer.Option("--layout", help="plain, as rendered/ is; or hydrator, as Argo CD's Source Hydrator has it.")
    ] = "plain",
    push: Annotated[bool, typer.Option("--push", help="Push the branch.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what somebody has edited on the branch.")] = False,
    dry_run: DryRun = False,
) -> int:
    """Commit the rendered tree of an Environment to a branch of its own, which Argo CD follows.

    What the last commit holds is published, and nothing where the branch holds it already. Example:
      gitopsgen publish --env prod --branch environments/prod --push
    """
    from gitopsgen.cli.publishing import PublishOptions, publish_command  # noqa: PLC0415 - a command loads what it runs

    options = PublishOptions(
        root=repo, environment=env, branch=branch, layout=layout, push=push, force=force, dry_run=dry_run
    )
    return publish_command(options)


@application.command()
def status(
    repo: Repo = _HERE,
    env: Env = None,
    app: App = None,
    output_format: Annotated[str, typer.Option("--format", help="text, json or markdown.")] = "text",
) -> int:
    """Show which version is where, what awaits promotion, and where rendered/ is not what the descriptors say."""
    from gitopsgen.cli.statuses import status_command  # noqa: PLC0415 - a command loads what it runs

    return status_command(repo, tuple(env or ()), tuple(app or ()), output_format)


@application.command()
def history(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --env.")],
    env: Annotated[str, typer.Option("--env", help="The Environment.")] = "",
    repo: Repo = _HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Show which versions a release has had: when, by whom, in which commit, and whether it was a rollback.

    A branch counts from its merge on. Example:
      gitopsgen history sample-api --env prod
    """
    from gitopsgen.cli.histories import history_command  # noqa: PLC0415 - a command loads what it runs

    return history_command(repo, app, env, output_format)


@application.command()
def healthcheck(
    release: Annotated[str, typer.Argument(metavar="ENV/APP", help="The release that runs.")],
    url: Annotated[str, typer.Option(help="Where it serves.", show_default="what its ingress says")] = "",
    metrics_url: Annotated[
        str, typer.Option("--metrics-url", help="Where its metrics are, when on a port of their own.")
    ] = "",
    version_path: Annotated[
        str,
        typer.Option("--version-path", help="The path that tells the version.", show_default="that of health.ready"),
    ] = "",
    timeout: Annotated[str, typer.Option(help="For how long to try; 0 for one try.")] = "120s",
    interval: Annotated[str, typer.Option(help="The first wait; it doubles from try to try.")] = "1s",
    repo: Repo = _HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Ask the running service whether it is ready, of the right version, and tells its metrics.

    Examples:
      gitopsgen healthcheck prod/sample-api

      gitopsgen healthcheck dev/sample-api --url http://localhost:8080 --timeout 30s
    """
    from gitopsgen.cli.health import healthcheck_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import HealthOptions  # noqa: PLC0415 - the same

    options = HealthOptions(
        root=repo,
        release=release,
        url=url,
        metrics_url=metrics_url,
        version_path=version_path,
        timeout=timeout,
        interval=interval,
        output_format=output_format,
    )
    return healthcheck_command(options)


@application.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="app, environment, release, policy, profile, analysis …")],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The profile or analysis.")] = "",
    repo: Repo = _HERE,
) -> int:
    """Print the JSON Schema of a descriptor, a policy, a profile's or analysis' parameters, or an output."""
    from gitopsgen.cli.schemas import schema_command  # noqa: PLC0415 - a command loads what it runs

    return schema_command(repo, kind, name)


@policies.command("list")
def policy_list(
    repo: Repo = _HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    policy: PolicyFolders = None,
) -> int:
    """List every policy and rule with its severity and what it is about."""
    from gitopsgen.cli.policies import list_command  # noqa: PLC0415 - a command loads what it runs

    return list_command(repo, output_format, tuple(policy or ()))


@policies.command("test")
def policy_test(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[POLICY]...", help="Ids or globs; all when left out.")
    ] = None,
    repo: Repo = _HERE,
    policy: PolicyFolders = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
) -> int:
    """Run the examples of every policy: a failing one must report on its marked line, a passing one not at all."""
    from gitopsgen.cli.options import parse_outputs  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.policies import test_command  # noqa: PLC0415 - the same

    return test_command(repo, tuple(names or ()), tuple(policy or ()), parse_outputs(output_format, output or ()))


@policies.command("new")
def policy_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The id: it names the fault.")], repo: Repo = _HERE
) -> int:
    """Scaffold a policy in the repository's policies/ folder."""
    from gitopsgen.cli.policies import new_command  # noqa: PLC0415 - a command loads what it runs

    return new_command(repo, name)


@application.command()
def doctor(repo: Repo = _HERE) -> int:
    """Tell what is installed, what is missing, and what to do about it."""
    from gitopsgen.cli.doctor import doctor_command  # noqa: PLC0415 - a command loads what it runs

    return doctor_command(repo)


@application.command()
def version() -> int:
    """Print the version."""
    from gitopsgen import __version__  # noqa: PLC0415 - a command loads what it runs

    typer.echo(f"gitopsgen {__version__}")
    return 0


@schemas.command("pull")
def schemas_pull(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE|KIND]...",
            help="Files, folders or addresses with CustomResourceDefinitions; or kinds: keda.sh/v1alpha1/ScaledObject.",
        ),
    ] = None,
    repo: Repo = _HERE,
    catalogue: Annotated[
        str,
        typer.Option(
            help="Where the schema of a kind is: .../{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
        ),
    ] = "",
    cluster: Annotated[bool, typer.Option("--cluster", help="Read the kinds from the cluster, by kubectl.")] = False,
    context: Annotated[str, typer.Option(help="The context of kubectl.")] = "",
    every: Annotated[bool, typer.Option("--all", help="With --cluster: every kind that it has.")] = False,
) -> int:
    """Fetch schemas of custom kinds into schemas/ and lock them by digest: commit both.

    Without arguments: of every kind under rendered/ that has none. Examples:

      gitopsgen schemas pull keda.sh/v1alpha1/ScaledObject

      gitopsgen schemas pull crds/ https://example.com/crds.yaml

      gitopsgen schemas pull --cluster --all
    """
    from gitopsgen.cli.options import PullOptions  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.pulling import pull_command  # noqa: PLC0415 - the same

    return pull_command(
        PullOptions(
            root=repo,
            sources=tuple(sources or ()),
            catalogue=catalogue,
            cluster=cluster or bool(context),
            context=context,
            every=every,
        )
    )


@schemas.command("list")
def schemas_list(repo: Repo = _HERE) -> int:
    """List the pulled schemas, and what is not as it was locked."""
    from gitopsgen.cli.pulling import list_command  # noqa: PLC0415 - a command loads what it runs

    return list_command(repo)
