"""Whether a running service is ready, of the right version, and tells its metrics: verdicts on what it answers."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin, urlsplit

from gitopsgen.delivery.version import ImageVersion

_REDIRECTS: Final = 5
_OK: Final = 200
_LONGEST_SHOWN: Final = 60
_VERSION_KEYS: Final = ("version", "tag")
_SERIES: Final = re.compile(r"^([A-Za-z_:][A-Za-z0-9_:]*)", re.MULTILINE)
_TYPE: Final = re.compile(r"^# TYPE ([A-Za-z_:][A-Za-z0-9_:]*) ", re.MULTILINE)
_SUFFIXES: Final = ("_total", "_bucket", "_count", "_sum")


class Outcome(StrEnum):
    """What a check came to; ``not told`` is never a pass."""

    OK = "ok"
    FAILED = "failed"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answers: ``location`` is where a redirect leads, empty for any other answer."""

    status: int
    text: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why there was no answer."""

    reason: str


Fetch: TypeAlias = Callable[[str], Answer | Silence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check came to, and why."""

    check: str
    outcome: Outcome
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What to ask a running release for; an empty address is not asked, and ``missing`` says why it is empty."""

    version: ImageVersion
    ready_url: str
    metrics_url: str
    version_url: str
    series: tuple[str, ...]
    missing: Mapping[str, str]


def ingress_url(spec: Mapping[str, Any]) -> str:
    """Return the address that the ingress of an App's spec serves, empty without one."""
    ingress = spec.get("ingress")
    if not ingress:
        return ""
    scheme = "https" if ingress.get("tls") else "http"
    return f"{scheme}://{ingress['host']}{ingress['path'].rstrip('/')}"


def target_of(spec: Mapping[str, Any], url: str, *, metrics_url: str = "", version_path: str = "") -> Target:
    """Return what to ask the App of ``spec`` for at ``url``; ``metrics_url`` is for metrics on a port of their own."""
    missing = {}
    ready = (spec.get("health") or {}).get("ready") or ""
    path = ready["path"] if isinstance(ready, Mapping) else ready
    if not path:
        missing["ready"] = "the App has no health.ready"
    metrics = spec.get("metrics") or {}
    if not metrics:
        missing["metrics"] = "the App has no metrics"
    elif not metrics_url:
        port = metrics.get("port")
        if port and port != next(iter(spec["ports"]), ""):
            missing["metrics"] = f"they are on the port `{port}`, which {url} does not lead to: give --metrics-url"
        else:
            metrics_url = _below(url, metrics["path"])
    return Target(
        version=ImageVersion.of(spec["image"]),
        ready_url=_below(url, path) if path else "",
        metrics_url=metrics_url if metrics else "",
        version_url=_below(url, version_path) if version_path else "",
        series=tuple(metrics[key] for key in ("requests", "latency") if metrics.get(key)),
        missing=missing,
    )


def _below(url: str, path: str) -> str:
    """Return the address of ``path``; a prefix that the path already has is not doubled."""
    prefix = urlsplit(url).path.rstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(prefix)
    return url.rstrip("/") + path


def examine(target: Target, fetch: Fetch) -> tuple[Verdict, ...]:
    """Return the verdicts on one round of questions: ready, version, metrics."""
    return tuple(_examined(target, fetch))


def _examined(target: Target, fetch: Fetch) -> Iterator[Verdict]:
    ready = _ask(target.ready_url, fetch) if target.ready_url else Silence(reason=target.missing["ready"])
    if not target.ready_url:
        yield _not_told("ready", target.missing["ready"])
    elif isinstance(ready, Silence):
        yield _failed("ready", ready.reason)
    else:
        yield Verdict(check="ready", outcome=Outcome.OK, message=f"{target.ready_url} answers 200")
    yield _version(target, _ask(target.version_url, fetch) if target.version_url else ready)
    if not target.metrics_url:
        yield _not_told("metrics", target.missing["metrics"])
    else:
        yield _metrics(target, _ask(target.metrics_url, fetch))


def _ask(url: str, fetch: Fetch) -> Answer | Silence:
    """Return the answer with status 200 at ``url``, or why there is none; redirects on the same host are followed."""
    at = url
    for _ in range(_REDIRECTS + 1):
        answer = fetch(at)
        if isinstance(answer, Silence):
            return answer
        if not answer.location:
            return answer if answer.status == _OK else Silence(reason=f"{at} answers {answer.status}, not 200")
        there = urljoin(at, answer.location)
        if urlsplit(there).hostname != urlsplit(url).hostname:
            # A page to log in answers 200 whatever the service does.
            return Silence(reason=f"{at} redirects to another host: {there}")
        if urlsplit(there).scheme not in ("https", urlsplit(at).scheme):
            return Silence(reason=f"{at} redirects to {there}, which is not https")
        at = there
    return Silence(reason=f"{url} redirects more than {_REDIRECTS} times")


def _version(target: Target, answer: Answer | Silence) -> Verdict:
    expected = target.version.tag
    if not expected:
        return _not_told("version", "the release has no tag to compare with")
    if isinstance(answer, Silence):
        return _failed("version", answer.reason) if target.version_url else _not_told("version", "nothing tells it")
    told = _told_version(answer.text, plain=bool(target.version_url))
    if not told:
        where = target.version_url or target.ready_url
        return _not_told("version", f"{where} has no `version` in its answer; --version-path names what tells it")
    if told.removeprefix("v") == expected.removeprefix("v"):
        return Verdict(check="version", outcome=Outcome.OK, message=f"{told} runs")
    return _failed("version", f"{told[:_LONGEST_SHOWN]} runs, not {expected}")


def _told_version(text: str, *, plain: bool) -> str:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        line = text.strip()
        return line if plain and len(line.split()) == 1 else ""
    if isinstance(data, dict):
        return next((data[key] for key in _VERSION_KEYS if isinstance(data.get(key), str)), "")
    return data if plain and isinstance(data, str) else ""


def _metrics(target: Target, answer: Answer | Silence) -> Verdict:
    if isinstance(answer, Silence):
        return _failed("metrics", answer.reason)
    present = set(_SERIES.findall(answer.text))
    for family in _TYPE.findall(answer.text):
        # A counter with labels has no series until it first counts.
        present |= {family, *(family + suffix for suffix in _SUFFIXES)}
    absent = [name for name in target.series if name not in present]
    if absent:
        return _failed("metrics", f"{target.metrics_url} has no {', '.join(absent)}")
    return Verdict(check="metrics", outcome=Outcome.OK, message=f"{', '.join(target.series)} are there")


def _failed(check: str, message: str) -> Verdict:
    return Verdict(check=check, outcome=Outcome.FAILED, message=message)


def _not_told(check: str, message: str) -> Verdict:
    return Verdict(check=check, outcome=Outcome.NOT_TOLD, message=message)
