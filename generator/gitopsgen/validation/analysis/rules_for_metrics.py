"""Rules by metric name: what is only tried (``dryRun``), and how many measurements are kept.

A rule's name is a regular expression. Source: argo-rollouts v1.9.2, utils/analysis/helpers.go, GetDryRunMetrics,
GetMeasurementRetentionMetrics, mergeDryRunMetrics.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.suggest import nearest
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.runs import Run
from gitopsgen.validation.analysis.uses import RuleKind

KINDS: Final[tuple[RuleKind, ...]] = ("dryRun", "measurementRetention")
# Escapes and counts that Go alone reads.
_ONLY_IN_GO: Final = re.compile(r"\\[QEC]|\{,")


def check_rules(run: Run, steps: list[Run]) -> Iterator[Fault]:
    """Yield rules for no metric of the analysis, and two rules for one name.

    The rules of each of a Rollout's ``steps`` are held against the templates of every analysis that it has.
    """
    names = [metric.name for metric in run.metrics]
    for kind in KINDS:
        rules = run.rules(kind)
        for name, manifest, path in rules:
            if names and run.is_complete and not any(may_match(name, metric) for metric in names):
                yield _matches_nothing(run, kind, name, manifest, path, names)
        yield from _twice(run, kind, rules)
        own = {name for name, manifest, _ in rules if manifest is not run.use.manifest}
        for step in steps if own else ():
            for name, manifest, path in step.use.rules(kind) if step is not run else ():
                if name in own:
                    yield _fault_twice(run, kind, name, manifest, path, run.templates[0].manifest)


def _twice(run: Run, kind: RuleKind, rules: list[tuple[str, Manifest, Path]]) -> Iterator[Fault]:
    first: dict[str, Manifest] = {}
    for name, manifest, path in rules:
        if name in first:
            yield _fault_twice(run, kind, name, manifest, path, first[name])
        first.setdefault(name, manifest)


def _fault_twice(run: Run, kind: RuleKind, name: str, manifest: Manifest, path: Path, other: Manifest) -> Fault:
    where = "here" if other is manifest else f"in the {other.kind} `{other.name}`"
    return Fault(
        rule="argo-rollouts/metric-rule-twice",
        manifest=manifest,
        path=path,
        message=f"there is another {kind} rule for `{name}` {where}, and {run.use.name} has both",
        fix="delete one of them",
        related=((run.use.manifest, run.use.path),) if manifest is not run.use.manifest else (),
    )


def _matches_nothing(run: Run, kind: RuleKind, name: str, manifest: Manifest, path: Path, names: list[str]) -> Fault:
    if _compile(name) is None and name == "*":
        fix = "write `.*` for every metric"
    elif _compile(name) is None:
        fix = "write a regular expression of Go, or the name of a metric"
    else:
        near = nearest(name, names)
        fix = f"did you mean `{near}`?" if near else f"one of: {', '.join(sorted(set(names)))}"
    what = f"the {kind} rule `{name}`"
    return Fault(
        rule="argo-rollouts/metric-rule-matches-nothing",
        manifest=manifest,
        path=(*path, "metricName"),
        message=f"{what} is no regular expression" if _compile(name) is None else f"{what} fits no metric",
        fix=fix,
        related=((run.use.manifest, run.use.path),) if manifest is not run.use.manifest else (),
    )


def may_match(pattern: str, name: str) -> bool:
    """Tell whether Go would find ``pattern`` in ``name``; where only Go could say, it may."""
    if _ONLY_IN_GO.search(pattern):
        return True
    compiled = _compile(pattern)
    return compiled is not None and bool(compiled.is_valid(name))


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> Any:  # noqa: ANN401 - the library has no types
    """Return what tells whether a text has the pattern in it, ``None`` for no regular expression.

    Rust's regular expressions are Go's but for few escapes, and as certain to come to an end.
    """
    import jsonschema_rs  # noqa: PLC0415 - loaded by the schema checks in any case, and costly

    try:
        return jsonschema_rs.validator_for(
            {"type": "string", "pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError:
        return None
