"""Queries of Prometheus: where they stop being PromQL, what they give, and whose series they look at."""

from collections.abc import Mapping, Sequence

import pytest

from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.source.emitter import emit
from gitopsgen.source.reader import read
from gitopsgen.validation.analysis import check_analysis
from gitopsgen.validation.analysis.promql import Query, Selector, query_error, read_query
from gitopsgen.validation.analysis.promql_place import place_of_error
from gitopsgen.validation.analysis.query_text import query_text

PAGES = structural_pages("argo-rollouts")


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("sum(foo", ""),
        ("foo bar", "bar"),
        ("foo{a=b}", "b}"),
        ('foo{a="b"]', "]"),
        ('foo{a="b",,}', ",}"),
        ("sum(rate(foo[5m])) by le", "le"),
        ("sum by le (foo)", "le (foo)"),
        ("foo[5 m]", "m]"),
        ("foo offset", ""),
        ("sum(foo) / / sum(bar)", "/ sum(bar)"),
        ("sum(foo))", ")"),
        ("foo @ bar", "bar"),
        ("sum(rate(foo[5m])) => 3", "> 3"),
        ("foo > 0 && bar", "&& bar"),
        ("rate(foo[5x])", "5x])"),
        ("sum without (le) rate(foo[5m])", "rate(foo[5m])"),
        ('sum(rate(a{b="c"}[5m])) / sum(rate(a{b="c"[5m]))', "[5m]))"),
        ('histogram_quantile(0.99, sum(rate(x_bucket{a="b"}[5m]) by (le))', "by (le))"),
        ("foo # a comment\n  bar", "bar"),
        ("foo{a='b}", "'b}"),
    ],
)
def test_the_place_of_an_error(query: str, rest: str) -> None:
    assert query_error(query)
    place = place_of_error(query, query_error)
    assert place is not None
    assert query[place:] == rest


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("time()", "scalar"),
        ("1 + 2", "scalar"),
        ("up", "vector"),
        ("up > 0", "vector"),
        ("(up[5m])", "matrix"),
        ("up[5m:1m]", "matrix"),
        ("sum(up)", "vector"),
        ("scalar(up)", "scalar"),
        ("'up'", "string"),
    ],
)
def test_what_a_query_gives(query: str, kind: str) -> None:
    found = read_query(query)
    assert isinstance(found, Query)
    assert found.kind == kind


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("a / b", "the division"),
        ("a % b", "the division"),
        ("sum(a) / sum(b) * 100", "the division"),
        ("1 - (sum(a) or vector(0)) / sum(b)", "the division"),
        ("a / b or vector(1)", "the division"),
        ("a / (b or vector(0))", "the division"),
        ("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", "histogram_quantile"),
        ("a / b > bool 0", "the division"),
        ("a / 2", ""),
        ("a / count(b)", ""),
        ("a / (b > 0)", ""),
        ("a / clamp_min(b, 1)", ""),
        ("a / (b + 1)", ""),
        ("a / b > 0", ""),
        ("a / b and b > 0", ""),
        ("avg_over_time((a / b)[5m:1m])", ""),
        ("a + b", ""),
    ],
)
def test_what_gives_no_number_without_traffic(query: str, what: str) -> None:
    found = read_query(query)
    assert isinstance(found, Query)
    assert found.may_be_nan == what


def test_the_series_that_a_query_reads() -> None:
    assert read_query('rate(a{b=~"c"}[5m] offset 1h) - on(x) {__name__="d"}') == Query(
        kind="vector",
        selectors=(
            Selector(name="a", matchers=(("b", "Re", "c"),), range_seconds=300, function="rate", offset=True),
            Selector(name="d", matchers=(("__name__", "Equal", "d"),)),
        ),
    )


@pytest.mark.parametrize(
    "query", ["1" + "+1" * 5000, "(" * 5000 + "1" + ")" * 5000, "a" * 50_000], ids=["operators", "depth", "length"]
)
def test_what_would_break_the_parser_is_not_looked_at(query: str) -> None:
    assert read_query(query) is None


@pytest.mark.parametrize(
    ("raw", "texts", "text", "is_certain"),
    [
        ('a{b="{{args.x}}"}', {}, 'a{b="ARGUMENT_0_"}', True),
        ('a{b="{{args.x}}"}', {"x": "y"}, 'a{b="y"}', True),
        ("a[{{args.x}}]", {}, "a[5m]", True),
        ("a[{{args.x}}m]", {}, "a[5m]", True),
        ("a[1{{args.x}}]", {}, "a[15m]", False),
        ("a > {{args.x}}", {}, "a > ARGUMENT_0_", False),
        ("a > {{args.x}}", {"x": "1"}, "a > 1", True),
        ("a # {{args.x}}", {}, "a # ARGUMENT_0_", True),
        ("a{b='\\'{{args.x}}'}", {}, "a{b='\\'ARGUMENT_0_'}", True),
    ],
)
def test_what_is_put_in_for_an_argument(raw: str, texts: dict[str, str], text: str, *, is_certain: bool) -> None:
    found = query_text(raw, texts, mark=False)
    assert (found.text, found.is_certain) == (text, is_certain)


def test_known_arguments_in_quotes_are_marked_on_request() -> None:
    found = query_text('a{b="{{args.x}}"}[{{args.w}}]', {"x": "y", "w": "1m"}, mark=True)
    assert (found.text, found.arguments) == ('a{b="ARGUMENT_0_"}[1m]', {"ARGUMENT_0_": "x"})


def told(query: str, **metric: object) -> list[tuple[str, str, str]]:
    """Return severity, rule and message of what is said of a query in a template that nothing uses."""
    provider = {"prometheus": {"address": metric.pop("address", "http://prometheus:9090"), "query": query}}
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": "one"},
        "spec": {"args": [{"name": "hash"}], "metrics": [{"name": "one", "provider": provider, **metric}]},
    }
    return said([body])


def said(bodies: Sequence[Mapping[str, object]]) -> list[tuple[str, str, str]]:
    documents = read("---\n".join(emit(body) for body in bodies), "a.yaml").documents
    manifests = tuple(Manifest(body=one.data, file="a.yaml", document=one.index) for one in documents)
    return [
        (
            str(fault.severity or PAGES[fault.rule].severity_in("")),
            fault.rule.removeprefix("argo-rollouts/"),
            fault.message,
        )
        for fault in check_analysis(ManifestSet(manifests), Versions())
        if not fault.rule.startswith("argo-rollouts/condition-")  # those have tests of their own
    ]


PINNED = 'a{hash="{{args.hash}}"}'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(
            f"sum({PINNED}", ("error", "promql-syntax", "column 26: unclosed left parenthesis"), id="at the end"
        ),
        pytest.param(
            f"sum(\n  {PINNED}\n) by le",
            ("error", "promql-syntax", "line 3, column 6: `le` cannot stand there"),
            id="in a later line",
        ),
        pytest.param(
            f"rate({PINNED})",
            ("error", "promql-syntax", "expected type matrix in call to function 'rate', got vector"),
            id="of types",
        ),
        pytest.param(
            f"rates({PINNED}[5m])",
            ("error", "promql-unknown-function", "column 1: Prometheus has no function `rates`"),
            id="a misspelt function",
        ),
        pytest.param(
            f"frobnicate({PINNED})",
            ("warning", "promql-unknown-function", "column 1: Prometheus has no function `frobnicate`"),
            id="a function that may be new",
        ),
    ],
)
def test_a_query_that_is_none(query: str, expected: tuple[str, str, str]) -> None:
    assert told(query) == [expected]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(f"holt_winters({PINNED}[5m], 0.5, 0.5)", id="a function of an earlier version"),
        pytest.param(r'a{hash="{{args.hash}}",b=~"\\Qc.d\\E"}', id="an expression that only Go reads"),
        pytest.param(f"sum({PINNED} > {{{{args.hash}}}})", id="a number that only the run knows"),
        pytest.param('a{hash="{{args.hash}}",path=~"/api/{id}/.*"}', id="braces in an expression"),
    ],
)
def test_a_query_that_may_be_one(query: str) -> None:
    assert told(query) == []


def test_another_language_is_not_judged() -> None:
    assert told(f"rate({PINNED})", address="http://vmselect.monitoring:8481/select/0/prometheus") == []


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ('up{pod="{{args.hash}}"}', ""),
        ('up{namespace="{{args.hash}}"}', "promql-looks-at-all-versions"),
        ('up{app="web"}', "promql-looks-at-all-versions"),
        ('up{service="web-canary"}', ""),
        ('up{service="web-stable"}', "promql-looks-at-stable"),
        ('up{rollouts_pod_template_hash=~"a.+"}', ""),
        ('up{hash!="{{args.hash}}"}', "promql-looks-at-all-versions"),
        ('sum(a{hash="{{args.hash}}"}) / sum(b > 0)', ""),
        ("vector(1)", ""),
        ("{{args.hash}}", ""),
    ],
)
def test_whose_series_a_query_looks_at(query: str, rule: str) -> None:
    assert [found for _, found, _ in told(query)] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("given", "stable"),
    [
        ({"valueFrom": {"podTemplateHashValue": "Latest"}}, False),
        ({"valueFrom": {"podTemplateHashValue": "Stable"}}, True),
        ({"value": "web-canary"}, False),
        ({"value": "web.shop.svc"}, True),
    ],
)
def test_an_argument_leads_to_a_version(given: dict[str, object], *, stable: bool) -> None:
    analysis = {"templates": [{"templateName": "one"}], "args": [{"name": "x", **given}]}
    canary = {"stableService": "web", "canaryService": "web-canary", "steps": [{"analysis": analysis}]}
    metric = {
        "name": "one",
        "provider": {"prometheus": {"address": "http://p:9090", "query": 'up{service="{{args.x}}"}'}},
    }
    header = {"apiVersion": "argoproj.io/v1alpha1", "metadata": {"name": "one"}}
    template = {**header, "kind": "AnalysisTemplate", "spec": {"args": [{"name": "x"}], "metrics": [metric]}}
    found = said([{**header, "kind": "Rollout", "spec": {"strategy": {"canary": canary}}}, template])
    assert ([rule for _, rule, _ in found] == ["promql-looks-at-stable"]) is stable
    assert bool(found) is stable


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({"successCondition": "result[0] < 1"}, "so the measurement fails"),
        ({"failureCondition": "result[0] > 1"}, "so the measurement is a success"),
        ({"successCondition": "result[0] < 1", "failureCondition": "result[0] > 1"}, ""),
        ({"successCondition": "!isNaN(result[0]) && result[0] < 1"}, ""),
        ({}, ""),
    ],
)
def test_no_traffic_has_a_stated_outcome(conditions: dict[str, str], says: str) -> None:
    found = told(f"{PINNED} / {PINNED}", **conditions)
    assert len(found) == bool(says)
    assert all(message.endswith(says) for _, _, message in found)


@pytest.mark.parametrize(
    ("interval", "query", "says"),
    [
        ("5m", f"rate({PINNED}[1m])", "it looks at the last 1m, and is asked every 5m: of the time between, 4m"),
        ("1m", f"rate({PINNED}[1m])", ""),
        ("30s", f"rate({PINNED}[5m])", ""),
        ("1m", f"rate({PINNED}[20s])", "`rate` over 20s sees, even with a scrape every 15s, fewer than two samples"),
    ],
)
def test_ranges(interval: str, query: str, says: str) -> None:
    found = told(query, interval=interval, count=5)
    assert any(message.startswith(says) for _, _, message in found) if says else not found
