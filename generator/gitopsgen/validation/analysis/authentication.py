"""How the controller proves who it is to Prometheus and to web endpoints, and how long it waits for them."""

from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import map_at, text_at
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.runs import Metric

_LIMITED: Final = ("prometheus", "newRelic")
_AMAZON: Final = "aps-workspaces"


def check_authentication(metric: Metric, provider: str) -> Iterator[Fault]:
    """Yield credentials that are not complete, and those that are not used at all.

    Source: argo-rollouts v1.9.2, metricproviders/prometheus/prometheus.go, metricproviders/webmetric/webmetric.go.
    """
    path: Path = ("provider", provider, "authentication")
    body = map_at(metric.body, *path)
    client = map_at(body, "oauth2")
    if text_at(client, "tokenUrl"):
        missing = [key for key in ("clientId", "clientSecret") if not text_at(client, key)]
        if missing:
            yield metric.fault(
                "metric-oauth2-incomplete",
                (*path, "oauth2"),
                f"OAuth2 has no {' and no '.join(missing)}: every measurement is an error",
                "write them, a secret as an argument from a Secret",
            )
    elif client:
        yield _ignored(metric, (*path, "oauth2"), "OAuth2 without `tokenUrl` is not used", "write `tokenUrl`")
    if any(map_at(body, "sigv4").values()):
        if provider != "prometheus":
            yield _ignored(metric, (*path, "sigv4"), "a web metric is not signed with sigv4", "delete it")
        elif _is_elsewhere(text_at(metric.body, "provider", provider, "address")):
            yield _ignored(
                metric,
                (*path, "sigv4"),
                f"sigv4 is only used for Amazon's Prometheus, whose address has `{_AMAZON}` in it",
                "delete it, or write the workspace's own address",
            )


def check_timeout(metric: Metric, provider: str) -> Iterator[Fault]:
    """Yield a time limit below zero; a web metric takes its default for one."""
    if provider not in _LIMITED:
        return
    seconds = parse_integer(map_at(metric.body, "provider", provider).get("timeout"))
    if seconds is not None and seconds < 0:
        yield metric.fault(
            "metric-timeout-below-zero",
            ("provider", provider, "timeout"),
            f"the timeout is {seconds} seconds: every measurement is an error",
            "write the seconds that a query may take",
        )


def _is_elsewhere(address: str) -> bool:
    """Tell whether an address is known and not Amazon's."""
    return bool(address) and "{{" not in address and _AMAZON not in address


def _ignored(metric: Metric, path: Path, message: str, fix: str) -> Fault:
    return metric.fault("metric-authentication-ignored", path, message, fix)
