"""The commands, their options and their help. What they do is loaded when they run."""

from pathlib import Path
from typing import Annotated

import typer

from gitopsgen.cli.delivery_commands import COMMANDS as DELIVERY
from gitopsgen.cli.parameters import (
    HERE,
    App,
    Env,
    FormatOption,
    Ignore,
    Jobs,
    OutputOption,
    PolicyFolders,
    PolicySet,
    Repo,
    SchemaEngineOption,
    Select,
    Staged,
)
from gitopsgen.cli.review_commands import COMMANDS as REVIEW

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
plugin = typer.Typer(
    help="The commands of Argo CD's config management plugin: see docs/cmp.md.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
application.add_typer(plugin, name="cmp")


@application.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; made when it does not exist.")] = HERE,
) -> int:
    """Scaffold a repository that renders and lints clean at once, offline."""
    from gitopsgen.cli.scaffold import scaffold  # noqa: PLC0415 - a command loads what it runs

    return scaffold(folder)


def _with_staging(status: int, repo: Path) -> int:
    from gitopsgen.cli.staging import with_staging  # noqa: PLC0415 - for commit hooks

    return with_staging(status, repo)


@application.command()
def render(
    repo: Repo = HERE,
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
    staged: Staged = False,
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
    status = replay(options) if cache and options.outputs.only_standard else None
    if status is None:
        from gitopsgen.cli.rendering import render_command  # noqa: PLC0415 - only where something has changed

        status = render_command(options)
    return _with_staging(status, repo) if staged else status


@application.command()
def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Manifest files and folders of any origin; - for standard input."),
    ] = None,
    repo: Repo = HERE,
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
    repo: Repo = HERE,
    env: Env = None,
    app: App = None,
    output_format: FormatOption = None,
    output: OutputOption = None,
    staged: Staged = False,
) -> int:
    """Tell for each file under rendered/: current, stale, edited, missing, orphan or foreign."""
    from gitopsgen.cli.options import parse_outputs  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.verifying import verify_command  # noqa: PLC0415 - the same
    from gitopsgen.pipeline import Selection  # noqa: PLC0415 - the same

    selection = Selection(environments=tuple(env or ()), apps=tuple(app or ()))
    status = verify_command(repo, selection, parse_outputs(output_format, output or ()))
    return _with_staging(status, repo) if staged else status


for _name, _command in (*REVIEW.items(), *DELIVERY.items()):
    application.command(_name)(_command)


@application.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="app, environment, release, policy, profile, analysis …")],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The profile or analysis.")] = "",
    repo: Repo = HERE,
) -> int:
    """Print the JSON Schema of a descriptor, a policy, a profile's or analysis' parameters, or an output."""
    from gitopsgen.cli.schemas import schema_command  # noqa: PLC0415 - a command loads what it runs

    return schema_command(repo, kind, name)


@policies.command("list")
def policy_list(
    repo: Repo = HERE,
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
    repo: Repo = HERE,
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
    name: Annotated[str, typer.Argument(metavar="NAME", help="The id: it names the fault.")], repo: Repo = HERE
) -> int:
    """Scaffold a policy in the repository's policies/ folder."""
    from gitopsgen.cli.policies import new_command  # noqa: PLC0415 - a command loads what it runs

    return new_command(repo, name)


@application.command()
def doctor(repo: Repo = HERE) -> int:
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
    repo: Repo = HERE,
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
def schemas_list(repo: Repo = HERE) -> int:
    """List the pulled schemas, and what is not as it was locked."""
    from gitopsgen.cli.pulling import list_command  # noqa: PLC0415 - a command loads what it runs

    return list_command(repo)


@plugin.command("generate")
def plugin_generate(repo: Repo = HERE) -> int:
    """Print the manifests that an Application asks for, as one YAML stream; nothing when a finding blocks.

    Asked for is, in this order: the parameters `environment` and `app`; the variables ENVIRONMENT and APP of
    spec.source.plugin.env; a source path of rendered/ENV or rendered/ENV/APP. By hand:

      ARGOCD_ENV_ENVIRONMENT=prod ARGOCD_ENV_APP=sample-api gitopsgen cmp generate
    """
    from gitopsgen.cli.plugin import generate_command  # noqa: PLC0415 - a command loads what it runs

    return generate_command(repo)


@plugin.command("parameters")
def plugin_parameters(repo: Repo = HERE) -> int:
    """Print the announcement of the plugin's parameters for Argo CD's user interface, as JSON."""
    from gitopsgen.cli.plugin import parameters_command  # noqa: PLC0415 - a command loads what it runs

    return parameters_command(repo)
