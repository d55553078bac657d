"""Whether a running service is ready, of the right version, and tells its metrics: verdicts on what it answers."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin, urlsplit

from gitopsgen.delivery.version import ImageVersion

_REDIRECTS: Final = 5
_SUCCESS: Final = range(200, 300)
_LOGIN: Final = (401, 403, 407)
_LONGEST_SHOWN: Final = 100
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
    """What an address answers: ``location`` is where a redirect leads, empty for any other answer.

    ``media_type`` is in lower case, empty when it is not told.
    """

    status: int
    text: str = ""
    location: str = ""
    media_type: str = ""


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
class Health:
    """The verdicts of one round of questions, and the versions that were told, each with its number of answers."""

    verdicts: tuple[Verdict, ...]
    versions: Mapping[str, int]

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that are failures."""
        return tuple(one for one in self.verdicts if one.outcome is Outcome.FAILED)


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
    return url.rstrip("/") + "/" + path.lstrip("/")


def examine(target: Target, fetch: Fetch, samples: int = 1) -> Health:
    """Return the verdicts on one round of questions: ready, version, metrics.

    Readiness and version are asked for ``samples`` times: pods of two versions, or a pod that is not well among others,
    answer in turn.
    """
    ready = _sampled(target.ready_url, fetch, samples)
    told = _sampled(target.version_url, fetch, samples) if target.version_url else ready
    versions = Counter(
        _told_version(answer.text, plain=bool(target.version_url)) for answer in told if isinstance(answer, Answer)
    )
    return Health(
        verdicts=(_ready(target, ready, samples), _version(target, told, versions), _metrics(target, fetch)),
        versions={version: count for version, count in sorted(versions.items()) if version},
    )


def _sampled(url: str, fetch: Fetch, samples: int) -> list[Answer | Silence]:
    """Return what ``url`` answers each time, up to the first answer that is none; an empty address answers nothing."""
    answers: list[Answer | Silence] = []
    while url and len(answers) < samples:
        answers.append(_ask(url, fetch))
        if isinstance(answers[-1], Silence):
            break
    return answers


def _ask(url: str, fetch: Fetch) -> Answer | Silence:
    """Return the successful answer at ``url``, or why there is none; redirects on the same host are followed.

    The answer to a redirect has the address that answered as its ``location``.
    Source: Kubernetes takes any status of 200 to 299 of a probe, and follows redirects on the same host.
    """
    at = url
    for _ in range(_REDIRECTS + 1):
        answer = fetch(at)
        if isinstance(answer, Silence):
            return answer
        if not answer.location:
            if answer.status not in _SUCCESS:
                return Silence(reason=_refusal(at, answer))
            return answer if at == url else replace(answer, location=at)
        there = _redirected(at, answer.location)
        if isinstance(there, Silence):
            return there
        at = there
    return Silence(reason=f"{url} redirects more than {_REDIRECTS} times")


def _refusal(at: str, answer: Answer) -> str:
    reason = f"{at} answers {answer.status}, not 200"
    if answer.status in _LOGIN:
        return f"{reason}: `--header 'Authorization: …'` can show who asks"
    if "html" in answer.media_type:
        return f"{reason}, with a page of HTML, which may come from what stands before the service"
    return f"{reason}: {_shown(answer.text)}" if answer.text.strip() else reason


def _shown(text: str) -> str:
    """Return the beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}…"


def _redirected(at: str, location: str) -> str | Silence:
    try:
        there = urljoin(at, location)
        parts = urlsplit(there)
        here = urlsplit(at)
    except ValueError:
        return Silence(reason=f"{at} redirects to {_shown(location)}, which is no address")
    if parts.hostname != here.hostname:
        # A page to log in answers 200 whatever the service does.
        return Silence(reason=f"{at} redirects to another host: {_shown(there)}")
    if parts.scheme not in ("https", here.scheme):
        return Silence(reason=f"{at} redirects to {_shown(there)}, which is not https")
    return there


def _ready(target: Target, answers: list[Answer | Silence], samples: int) -> Verdict:
    match answers:
        case []:
            return _not_told("ready", target.missing["ready"])
        case [*before, Silence(reason=reason)]:
            return _failed("ready", f"{reason} (answer {len(answers)} of {samples})" if before else reason)
    last = answers[-1]
    assert isinstance(last, Answer)  # noqa: S101 - for the type checker: no other case is left
    through = f"{target.ready_url} leads to {last.location}, which" if last.location else target.ready_url
    return Verdict(check="ready", outcome=Outcome.OK, message=f"{through} answers {last.status}{_all_of(samples)}")


def _all_of(count: int) -> str:
    return f" ({count} of {count} answers)" if count > 1 else ""


def _version(target: Target, answers: list[Answer | Silence], versions: Counter[str]) -> Verdict:
    expected = target.version.tag
    if not expected:
        return _not_told("version", "the release has no tag to compare with")
    if not answers:
        return _not_told("version", f"{target.missing['ready']}; --version-path names what tells the version")
    last = answers[-1]
    if isinstance(last, Silence) and (target.version_url or not versions):
        return (
            _failed("version", last.reason)
            if target.version_url
            else _not_told("version", "nothing answers that tells it")
        )
    if set(versions) == {""}:
        where = target.version_url or target.ready_url
        return _not_told("version", f"{where} has no `version` in its answer; --version-path names what tells it")
    right = [one for one in versions if one.removeprefix("v") == expected.removeprefix("v")]
    wrong = sorted(set(versions) - set(right))
    count = versions.total()
    if not wrong:
        return Verdict(check="version", outcome=Outcome.OK, message=f"{_shown(right[0])} runs{_all_of(count)}")
    if not right and len(wrong) == 1:
        return _failed("version", f"{_shown(wrong[0])} runs, not {expected}")
    seen = _counts([(one or "one that tells none", versions[one]) for one in wrong], count)
    return _failed("version", f"{seen}, not {expected}: the rollout is not over")


def _counts(versions: Iterable[tuple[str, int]], count: int) -> str:
    """Return how many of ``count`` answers came from which version."""
    (first, answers), *others = versions
    parts = [f"{answers} of {count} answers came from {_shown(first)}"]
    return ", ".join([*parts, *(f"{answers} from {_shown(one)}" for one, answers in others)])


def _told_version(text: str, *, plain: bool) -> str:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        line = text.strip()
        return line if plain and len(line.split()) == 1 else ""
    if isinstance(data, dict):
        return next((data[key].strip() for key in _VERSION_KEYS if isinstance(data.get(key), str)), "")
    return data.strip() if plain and isinstance(data, str) else ""


def _metrics(target: Target, fetch: Fetch) -> Verdict:
    if not target.metrics_url:
        return _not_told("metrics", target.missing["metrics"])
    answer = _ask(target.metrics_url, fetch)
    if isinstance(answer, Silence):
        return _failed("metrics", answer.reason)
    present = set(_series(answer.text))
    absent = [name for name in target.series if name not in present]
    if absent:
        return _failed("metrics", f"{target.metrics_url} has no {', '.join(absent)}")
    return Verdict(check="metrics", outcome=Outcome.OK, message=f"{', '.join(target.series)} are there")


def _series(text: str) -> Iterator[str]:
    yield from _SERIES.findall(text)
    for family in _TYPE.findall(text):
        # A counter with labels has no series until it first counts.
        yield from (family, *(family + suffix for suffix in _SUFFIXES))


def _failed(check: str, message: str) -> Verdict:
    return Verdict(check=check, outcome=Outcome.FAILED, message=message)


def _not_told(check: str, message: str) -> Verdict:
    return Verdict(check=check, outcome=Outcome.NOT_TOLD, message=message)
