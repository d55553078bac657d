"""``gitopsgen set``, ``deploy``, ``promote`` and ``rollback``: what each asks of a release."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from gitopsgen.cli.delivering import Change, deliver
from gitopsgen.cli.naming import release_name
from gitopsgen.cli.options import DeliveryOptions
from gitopsgen.delivery.history import ROLLBACK_TRAILER, read_history
from gitopsgen.delivery.message import Delivery
from gitopsgen.delivery.overlays import INHERITED
from gitopsgen.delivery.promotion import Arrival, Judgement, judge_deployment, judge_promotion, past_of
from gitopsgen.delivery.rollback import version_before, version_named
from gitopsgen.delivery.settings import parse_setting, parse_version, version_settings
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.descriptors.described import Described
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import dig
from gitopsgen.model.release import Release
from gitopsgen.policies.catalogue import Catalogue
from gitopsgen.source.emitter import emit_inline
from gitopsgen.source.location import format_path
from gitopsgen.source.reader import Yaml

_LONGEST: Final = 80
_GOING_BACK: Final = frozenset({"image-downgraded"})


def set_command(
    options: DeliveryOptions, target: str, assignments: tuple[str, ...], environments: tuple[str, ...] = ()
) -> int:
    """Set keys of a release; return the exit status.

    Raises:
        GitopsgenError: there is no such release or key, a value does not fit, or git cannot do what is wanted.
    """
    environment, app = release_name(target, environments)
    settings = tuple(parse_setting(text) for text in assignments)
    described = Described.load(options.root)
    release = described.release(f"{environment}/{app}")
    keys = [format_path(one.path) for one in settings]
    told = [_told(one.value) for one in settings]
    delivery = Delivery(
        verb="set",
        environment=environment,
        app=app,
        what=" ".join(f"{key}={value}" for key, value in zip(keys, told, strict=True)),
        short=keys[0] if len(keys) == 1 else f"{len(keys)} keys",
        lines=tuple(
            f"{key}: {_told(dig(release.spec, *one.path))} → {value or 'inherited'}"
            for key, value, one in zip(keys, told, settings, strict=True)
        ),
    )
    return deliver(options, described, Change(release=release, settings=settings, delivery=delivery, tag=""))


def deploy_command(options: DeliveryOptions, app: str, version: str, environments: tuple[str, ...]) -> int:
    """Give a release a version; return the exit status.

    Raises:
        GitopsgenError: there is no such release, this is no version, or git cannot do what is wanted.
    """
    environment, app = release_name(app, environments)
    described = Described.load(options.root)
    release = described.release(f"{environment}/{app}")
    wanted = parse_version(version, release)
    delivery = _version_delivery("deploy", release, wanted)
    source = _source(described, release)
    has = source if source and _version(source) == wanted else None
    arrival = Arrival(
        version=wanted, source=has, target=release, past=past_of(options.root, has.name) if has else None, now=_now()
    )
    return _deliver_version(
        options, described, release, delivery, wanted, lambda rules: judge_deployment(arrival, rules)
    )


def promote_command(options: DeliveryOptions, app: str, source: str, targets: tuple[str, ...]) -> int:
    """Carry the version of one Environment to the next; return the exit status.

    Raises:
        GitopsgenError: there is no such release, or git cannot do what is wanted.
    """
    target, app = release_name(app, targets, "--to")
    described = Described.load(options.root)
    release = described.release(f"{target}/{app}")
    source = source or str(release.environment.spec.get("promotesFrom") or "")
    if not source:
        raise GitopsgenError(
            f"{target} says of no Environment that it is promoted from it", fix="name one: `--from ENV`"
        )
    lower = described.release(f"{source}/{app}")
    version = _version(lower)
    delivery = _version_delivery("promote", release, version, {"From": source}, f", as {source} has it")
    arrival = Arrival(version=version, source=lower, target=release, past=past_of(options.root, lower.name), now=_now())
    return _deliver_version(
        options, described, release, delivery, version, lambda rules: judge_promotion(arrival, rules)
    )


def rollback_command(options: DeliveryOptions, app: str, environments: tuple[str, ...], to: str) -> int:
    """Return a release to an earlier version; return the exit status.

    Raises:
        GitopsgenError: there is no such release or version, or git cannot do what is wanted.
    """
    environment, app = release_name(app, environments)
    described = Described.load(options.root)
    release = described.release(f"{environment}/{app}")
    history = read_history(options.root, (release.name,))[release.name]
    version = version_named(history, parse_version(to, release)) if to else version_before(history, _version(release))
    delivery = _version_delivery("rollback", release, version, {ROLLBACK_TRAILER: release.name})
    return _deliver_version(options, described, release, delivery, version, None, meant=_GOING_BACK)


def _version(release: Release) -> ImageVersion:
    return ImageVersion.of(release.spec["image"])


def _source(described: Described, release: Release) -> Release | None:
    """Return the release of the same App where a release is promoted from."""
    name = f"{release.environment.spec.get('promotesFrom')}/{release.app}"
    return next((one for one in described.fleet.releases if one.name == name), None)


def _version_delivery(
    verb: str, release: Release, version: ImageVersion, trailers: Mapping[str, str] | None = None, origin: str = ""
) -> Delivery:
    before = _version(release)
    name = version.tag or str(version)
    return Delivery(
        verb=verb,
        environment=release.environment.name,
        app=release.app,
        what=name,
        short=name,
        lines=(f"{release.name} goes from {before} to {version}{origin}.",),
        trailers={
            "Version": version.whole,
            **({"Previous-Version": before.whole} if before.whole else {}),
            **(trailers or {}),
        },
    )


def _deliver_version(
    options: DeliveryOptions,
    described: Described,
    release: Release,
    delivery: Delivery,
    version: ImageVersion,
    judge: Callable[[Catalogue], Judgement] | None,
    *,
    meant: frozenset[str] = frozenset(),
) -> int:
    settings = () if _version(release) == version else tuple(version_settings(release, version, described.descriptors))
    tag = f"{release.name}/{version.tag or version.digest}"
    change = Change(release=release, settings=settings, delivery=delivery, judge=judge, meant=meant, tag=tag)
    return deliver(options, described, change)


def _now() -> datetime:
    return datetime.now(UTC)


def _told(value: Yaml) -> str:
    text = "" if value is INHERITED else emit_inline(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
