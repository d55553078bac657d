"""Whose series a query looks at: those of the new version, of the stable one, or of both together."""

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import text_at
from gitopsgen.validation.analysis.arguments import Argument
from gitopsgen.validation.analysis.promql import Query, Selector, read_query
from gitopsgen.validation.analysis.queries import QUERY
from gitopsgen.validation.analysis.query_text import query_text
from gitopsgen.validation.analysis.runs import Metric, Run
from gitopsgen.validation.analysis.uses import CANARY

Version: TypeAlias = Literal["new", "stable", "both"]

_HASH: Final = re.compile(r"pod_template_hash|revision|version")
_NEW: Final = re.compile(r"canary|preview|\bnew\b", re.IGNORECASE)
_OLD: Final = re.compile(r"stable|active|baseline", re.IGNORECASE)
# A placeholder in one of these tells a place or a kind of traffic, and not a version.
_SHARED: Final = re.compile(
    r"(.*_)?(namespace|cluster|region|zone|env|environment|team"
    r"|job|app|application|container|code|status|method|le)"
)
_KINDS: Final = ("prePromotion", "step", "background", "experimentStep", "experiment", "template")


def check_pins(metric: Metric) -> Iterator[Fault]:
    """Yield a query that does not look at the new version: at the stable one alone, or at both as one."""
    use = metric.run.use
    if use.kind not in _KINDS or metric.providers != ("prometheus",):
        return
    text = query_text(text_at(metric.raw, *QUERY), metric.run.texts, mark=True)
    query = read_query(text.text) if text.is_certain else None
    if not isinstance(query, Query) or not query.selectors:
        return
    stable = _stable_services(metric.run)
    arguments = {word: metric.run.arguments.get(name) for word, name in text.arguments.items()}
    versions = {_version(selector, arguments, stable) for selector in query.selectors}
    if "new" in versions:
        return
    if "stable" in versions:
        yield metric.fault(
            "promql-looks-at-stable",
            QUERY,
            f"{use.name} looks at the stable version alone, whatever the new one does",
            "give it the hash of the new pods, `valueFrom: {podTemplateHashValue: Latest}`, or their Service",
            at_template=True,
        )
    else:
        yield metric.fault(
            "promql-looks-at-all-versions",
            QUERY,
            "no label of the query tells the new version from the stable one: most of what it sees is the stable one",
            "add a label of the new pods, like `rollouts_pod_template_hash`, or of their Service",
            at_template=True,
        )


def _version(selector: Selector, arguments: dict[str, Argument | None], stable: frozenset[str]) -> Version:
    found: Version = "both"
    for label, operator, value in selector.matchers:
        if operator not in ("Equal", "Re"):
            continue
        words = [word for word in arguments if word in value]
        if words and not _SHARED.fullmatch(label):
            if not all(_is_stable(arguments[word], stable) for word in words):
                return "new"
            found = "stable"
        elif not words and _OLD.search(value):
            found = "stable"
        elif not words and (_HASH.search(label) or _NEW.search(value)):
            return "new"
    return found


def _is_stable(argument: Argument | None, stable: frozenset[str]) -> bool:
    if argument is None:
        return False
    return argument.side == "Stable" or (argument.known_text or "").partition(".")[0] in stable


def _stable_services(run: Run) -> frozenset[str]:
    """Return the Service that leads to the stable version alone, where the new one has its own."""
    body = run.use.manifest.body
    canary, blue_green = CANARY, (*CANARY[:-1], "blueGreen")
    pairs = [(text_at(body, *canary, "stableService"), text_at(body, *canary, "canaryService"))]
    if run.use.kind == "prePromotion":
        pairs.append((text_at(body, *blue_green, "activeService"), text_at(body, *blue_green, "previewService")))
    return frozenset(stable for stable, new in pairs if stable and new and stable != new)
