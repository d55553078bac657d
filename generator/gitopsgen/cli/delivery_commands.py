"""The commands that deliver: their options and their help. What they do is loaded when they run."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, TypeAlias

import typer

from gitopsgen.cli.parameters import HERE, App, Env, Repo

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
OneEnv: TypeAlias = Annotated[list[str] | None, typer.Option("--env", metavar="ENV", help="The Environment: one.")]
DeliveryFormat: TypeAlias = Annotated[str, typer.Option("--format", help="text or json.")]
_TIMEOUT_SECONDS: Final = 600


def set_keys(
    target: Annotated[str, typer.Argument(metavar="ENV/APP", help="The release; or APP, with --env.")],
    assignments: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="Keys of the App's spec, and YAML.")],
    env: OneEnv = None,
    repo: Repo = HERE,
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
    return set_command(options, target, tuple(assignments), tuple(env or ()))


def deploy(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --env.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="v1.1.0, sha256:…, or v1.1.0@sha256:….")],
    env: OneEnv = None,
    repo: Repo = HERE,
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
    return deploy_command(options, app, version, tuple(env or ()))


def promote(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --to.")],
    target: Annotated[
        list[str] | None, typer.Option("--to", metavar="ENV", help="The Environment that gets the version.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", help="The Environment that has it.", show_default="its promotesFrom")
    ] = "",
    repo: Repo = HERE,
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
    return promote_command(options, app, source, tuple(target or ()))


def rollback(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --env.")],
    env: OneEnv = None,
    to: Annotated[
        str, typer.Option("--to", help="A version that it has had.", show_default="the one before this")
    ] = "",
    repo: Repo = HERE,
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
    return rollback_command(options, app, tuple(env or ()), to)


def publish(
    env: Annotated[list[str], typer.Option("--env", metavar="ENV", help="The Environment: one.")],
    branch: Annotated[
        str, typer.Option("--branch", help="Its branch, such as environments/prod; made when it is new.")
    ],
    repo: Repo = HERE,
    layout: Annotated[
        str, typer.Option("--layout", help="plain, as rendered/ is; or hydrator, as Argo CD's Source Hydrator has it.")
    ] = "plain",
    push: Annotated[bool, typer.Option("--push", help="Push the branch.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what was edited there, or published of a later commit.")
    ] = False,
    dry_run: DryRun = False,
) -> int:
    """Commit the rendered tree of an Environment to a branch of its own, which Argo CD follows.

    What the last commit holds is published, and nothing where the branch holds it already. Example:
      gitopsgen publish --env prod --branch environments/prod --push
    """
    from gitopsgen.cli.naming import only  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.publishing import PublishOptions, publish_command  # noqa: PLC0415 - the same

    options = PublishOptions(
        root=repo, environment=only("--env", env), branch=branch, layout=layout, push=push, force=force, dry_run=dry_run
    )
    return publish_command(options)


def status(
    repo: Repo = HERE,
    env: Env = None,
    app: App = None,
    output_format: Annotated[str, typer.Option("--format", help="text, json or markdown.")] = "text",
) -> int:
    """Show which version is where, what awaits promotion, and where rendered/ is not what the descriptors say."""
    from gitopsgen.cli.statuses import status_command  # noqa: PLC0415 - a command loads what it runs

    return status_command(repo, tuple(env or ()), tuple(app or ()), output_format)


def history(
    app: Annotated[str, typer.Argument(metavar="APP", help="The App; or ENV/APP, without --env.")],
    env: OneEnv = None,
    repo: Repo = HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Show which versions a release has had: when, by whom, in which commit, and whether it was a rollback.

    A branch counts from its merge on. Example:
      gitopsgen history sample-api --env prod
    """
    from gitopsgen.cli.histories import history_command  # noqa: PLC0415 - a command loads what it runs

    return history_command(repo, app, tuple(env or ()), output_format)


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
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:VALUE", help="Send a header, repeatable; @FILE for a file of them."),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=100, help="How many answers each try looks at.")] = 5,
    timeout: Annotated[str, typer.Option(help="For how long to try; 0 for one try.")] = "120s",
    interval: Annotated[str, typer.Option(help="The first wait; it doubles from try to try.")] = "1s",
    repo: Repo = HERE,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Ask the running service whether it is ready, of the right version, and tells its metrics.

    Examples:
      gitopsgen healthcheck prod/sample-api

      gitopsgen healthcheck dev/sample-api --url http://localhost:8080 --timeout 30s

      gitopsgen healthcheck prod/sample-api --url http://10.0.0.5 --header Host:app.local
    """
    from gitopsgen.cli.health import healthcheck_command  # noqa: PLC0415 - a command loads what it runs
    from gitopsgen.cli.options import HealthOptions  # noqa: PLC0415 - the same

    options = HealthOptions(
        root=repo,
        release=release,
        url=url,
        metrics_url=metrics_url,
        version_path=version_path,
        headers=tuple(header or ()),
        samples=samples,
        timeout=timeout,
        interval=interval,
        output_format=output_format,
    )
    return healthcheck_command(options)


COMMANDS: Final[Mapping[str, Callable[..., int]]] = {
    "set": set_keys,
    "deploy": deploy,
    "promote": promote,
    "rollback": rollback,
    "publish": publish,
    "status": status,
    "history": history,
    "healthcheck": healthcheck,
}
"""The commands by their names, in the order of the help."""
