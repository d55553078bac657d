"""``gitopsgen healthcheck``: asks a running service, again and again until it is well or the time is over."""

import time
from typing import Final
from urllib.parse import urlsplit

from gitopsgen.cli.console import note, say
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.cli.options import HealthOptions
from gitopsgen.cli.probing import Prober, parse_headers, without_secrets
from gitopsgen.delivery.health import Health, Outcome, Target, examine, ingress_url, target_of
from gitopsgen.descriptors.described import Described
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.release import Release
from gitopsgen.reports.health import Asked, health_data, health_text
from gitopsgen.reports.plain import json_text, printable
from gitopsgen.rollouts.durations import parse_pause_seconds

_REQUEST_SECONDS: Final = 10.0
_SHORTEST_REQUEST: Final = 1.0
_SHORTEST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 30.0


def healthcheck_command(options: HealthOptions) -> int:
    """Print a verdict for each check of a release; return 1 when one failed until the end.

    Raises:
        GitopsgenError: there is no such release, an option is wrong, or there is nothing to ask.
    """
    if options.output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{options.output_format}`", fix="one of: text, json")
    timeout, interval = _seconds("--timeout", options.timeout), _seconds("--interval", options.interval)
    headers = parse_headers(options.headers)
    release = Described.load(options.root).release(options.release)
    url = options.url or ingress_url(release.spec)
    if not url:
        raise GitopsgenError(
            f"{release.name} has no ingress, and no address was given",
            fix=f"`kubectl -n {release.environment.namespace} port-forward svc/{release.app} 8080:80`,"
            " and add `--url http://localhost:8080`",
        )
    _require_address("--url", url)
    if urlsplit(url).query or urlsplit(url).fragment:
        raise GitopsgenError("--url has more than a path", fix="what is asked for is added to its path")
    if options.metrics_url:
        _require_address("--metrics-url", options.metrics_url)
    target = target_of(release.spec, url, metrics_url=options.metrics_url, version_path=options.version_path)
    prober = Prober.to(url, headers)
    health, tries = _until_well(target, prober, timeout, interval, options.samples)
    if all(one.outcome is Outcome.NOT_TOLD for one in health.verdicts):
        raise GitopsgenError(
            f"nothing of {release.name} can be checked: {health.verdicts[0].message}", fix="give the App a health.ready"
        )
    asked = Asked(release=release.name, version=target.version, url=url, samples=options.samples, tries=tries)
    text = json_text(health_data(asked, health)) if options.output_format == "json" else health_text(asked, health)
    say(without_secrets(text.rstrip("\n"), headers))
    if health.failed:
        note(f"   next: `{_look(release)}`")
    return FAULTS if health.failed else CLEAN


def _until_well(target: Target, prober: Prober, timeout: float, interval: float, samples: int) -> tuple[Health, int]:
    """Return what was found last, and the number of tries; the wait doubles from try to try."""
    end = time.monotonic() + timeout
    tries = 0
    while True:
        tries += 1
        health = examine(target, lambda url: prober.ask(url, _patience(end, timeout)), samples)
        left = end - time.monotonic()
        if not health.failed or left < _SHORTEST_WAIT:
            return health, tries
        wait = min(max(interval, _SHORTEST_WAIT), left)
        first = health.failed[0]
        said = printable(without_secrets(f"{first.check}: {first.message}", prober.headers))
        note(f"not yet: {said}; again in {wait:.3g} s")
        time.sleep(wait)
        interval = min(2 * interval, max(_LONGEST_WAIT, interval))


def _patience(end: float, timeout: float) -> float:
    """Return how many seconds a request may take: hardly longer than until ``end``, unless there is one try only."""
    left = end - time.monotonic() if timeout else _REQUEST_SECONDS
    return min(_REQUEST_SECONDS, max(left, _SHORTEST_REQUEST))


def _look(release: Release) -> str:
    """Return the command that shows what the cluster does."""
    namespace = release.environment.namespace
    if release.spec["rollout"].get("profile") == "rolling":
        return f"kubectl rollout status deployment/{release.app} --namespace {namespace}"
    return f"kubectl argo rollouts get rollout {release.app} --namespace {namespace}"


def _require_address(option: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half an IPv6 address
        parts, usable = urlsplit(""), False
    if "@" in parts.netloc:
        raise GitopsgenError(
            f"{option} holds a user, which would be seen by others",
            fix="`--header @FILE`, and in the file `Authorization: Basic …`",
        )
    if not usable or any(one.isspace() for one in address):
        raise GitopsgenError(f"{option} is no address to ask", fix="such as https://api.example.com")


def _seconds(option: str, text: str) -> float:
    seconds = parse_pause_seconds(text)
    if seconds is None:
        raise GitopsgenError(f"{option} `{text}` is no duration", fix="such as 30s, 2m or 90")
    return float(seconds)
