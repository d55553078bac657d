"""``gitopsgen healthcheck``: asks a running service, again and again until it is well or the time is over."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException
from typing import IO, Any, Final
from urllib.parse import urlsplit

from gitopsgen import __version__
from gitopsgen.cli.console import note, say
from gitopsgen.cli.main import CLEAN, FAULTS
from gitopsgen.cli.options import HealthOptions
from gitopsgen.delivery.health import Answer, Outcome, Silence, Target, Verdict, examine, ingress_url, target_of
from gitopsgen.descriptors.loading import load_descriptors
from gitopsgen.descriptors.resolving import resolve
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.release import Release
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.durations import parse_pause_seconds

_REQUEST_SECONDS: Final = 10.0
_LONGEST_WAIT: Final = 30.0
_MAX_BYTES: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024


def healthcheck_command(options: HealthOptions) -> int:
    """Print a verdict for each check of a release; return 1 when one failed until the end.

    Raises:
        GitopsgenError: there is no such release, an option is wrong, or there is nothing to ask.
    """
    if options.output_format not in ("text", "json"):
        raise GitopsgenError(f"there is no format `{options.output_format}`", fix="one of: text, json")
    timeout, interval = _seconds("--timeout", options.timeout), _seconds("--interval", options.interval)
    release = _release(options)
    url = options.url or ingress_url(release.spec)
    if not url:
        raise GitopsgenError(
            f"{release.name} has no ingress, and no address was given",
            fix=f"`kubectl -n {release.environment.namespace} port-forward svc/{release.app} 8080:80`,"
            " and add `--url http://localhost:8080`",
        )
    for option, address in (("--url", url), ("--metrics-url", options.metrics_url)):
        _require_address(option, address)
    target = target_of(release.spec, url, metrics_url=options.metrics_url, version_path=options.version_path)
    verdicts, tries = _until_well(target, timeout, interval)
    if all(one.outcome is Outcome.NOT_TOLD for one in verdicts):
        raise GitopsgenError(
            f"nothing of {release.name} can be checked: {verdicts[0].message}", fix="give the App a health.ready"
        )
    well = all(one.outcome is not Outcome.FAILED for one in verdicts)
    if options.output_format == "json":
        say(json.dumps(_data(release, url, verdicts, tries), indent=2, ensure_ascii=False))
    else:
        for one in verdicts:
            say(f"{one.check:<8} {one.outcome:<9} {one.message}")
        count = "1 try" if tries == 1 else f"{tries} tries"
        say(f"{release.name} {target.version} is {'well' if well else 'not well'}, after {count}")
    return CLEAN if well else FAULTS


def _until_well(target: Target, timeout: float, interval: float) -> tuple[tuple[Verdict, ...], int]:
    """Return the last verdicts and the number of tries; the wait doubles from try to try."""
    end = time.monotonic() + timeout
    tries = 0
    while True:
        tries += 1
        verdicts = examine(target, _fetch_until(end))
        failed = [one for one in verdicts if one.outcome is Outcome.FAILED]
        left = end - time.monotonic()
        if not failed or left <= interval:
            return verdicts, tries
        wait = min(interval, left)
        note(f"not yet: {failed[0].check}: {failed[0].message}; again in {wait:.3g} s")
        time.sleep(wait)
        interval = min(2 * interval, max(_LONGEST_WAIT, interval))


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to who asked."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""


def _fetch_until(end: float) -> Callable[[str], Answer | Silence]:
    """Return what fetches an address, no longer than a request may take, and hardly longer than until ``end``."""
    opener = urllib.request.build_opener(_Unfollowed)

    def fetch(url: str) -> Answer | Silence:
        seconds = min(_REQUEST_SECONDS, max(end - time.monotonic(), 1.0))
        request = urllib.request.Request(url, headers={"User-Agent": f"gitopsgen/{__version__}"})  # noqa: S310 - http(s), see _require_address
        try:
            with opener.open(request, timeout=seconds) as answer:
                return Answer(status=answer.status, text=_text(answer, time.monotonic() + seconds))
        except urllib.error.HTTPError as error:
            location = error.headers.get("Location", "") if 300 <= error.code < 400 else ""  # noqa: PLR2004 - redirects
            return Answer(status=error.code, location=location)
        except (OSError, ValueError, HTTPException) as error:
            return Silence(reason=f"{url} {_why(getattr(error, 'reason', error), seconds)}")

    return fetch


def _text(answer: IO[bytes], until: float) -> str:
    content = bytearray()
    while piece := answer.read(_PIECE):
        content += piece
        if len(content) > _MAX_BYTES:
            raise ValueError(f"answers with more than {_MAX_BYTES // 1_000_000} MB")
        if time.monotonic() > until:
            raise TimeoutError
    return content.decode("utf-8", "replace")


def _why(reason: object, seconds: float) -> str:
    match reason:
        case TimeoutError():
            return f"does not answer within {seconds:.3g} s"
        case ssl.SSLCertVerificationError():
            return (
                f"has a certificate that is not trusted: {reason.verify_message}"
                " (SSL_CERT_FILE names the certificates of an authority of your own)"
            )
        case ssl.SSLError():
            return f"does not speak TLS as expected ({reason.reason}): is it http://?"
        case HTTPException():
            return f"does not speak HTTP: {type(reason).__name__}"
        case OSError() if reason.strerror:
            return f"cannot be reached: {reason.strerror}"
        case _:
            return f"cannot be read: {reason}"


def _release(options: HealthOptions) -> Release:
    descriptors, findings = load_descriptors(options.root)
    fleet, faults = resolve(descriptors)
    releases = {one.name: one for one in fleet.releases}
    if options.release in releases:
        return releases[options.release]
    if findings or faults:
        raise GitopsgenError(f"{options.release} is not among what can be read", fix="run `gitopsgen lint`")
    raise GitopsgenError(f"there is no release {options.release}", fix=did_you_mean(options.release, releases))


def _require_address(option: str, address: str) -> None:
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc):
        raise GitopsgenError(f"{option} is no address to ask", fix="such as https://api.example.com, without a user")


def _seconds(option: str, text: str) -> float:
    seconds = parse_pause_seconds(text)
    if seconds is None:
        raise GitopsgenError(f"{option} `{text}` is no duration", fix="such as 30s, 2m or 90")
    return float(seconds)


def _data(release: Release, url: str, verdicts: tuple[Verdict, ...], tries: int) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "release": release.name,
        "url": url,
        "healthy": all(one.outcome is not Outcome.FAILED for one in verdicts),
        "tries": tries,
        "checks": [{"check": one.check, "outcome": one.outcome.value, "message": one.message} for one in verdicts],
    }
