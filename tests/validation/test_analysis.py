"""Analyses: what is put in for placeholders, which templates come together, and what is said where."""

import pytest

from gitopsgen.model.manifest import Manifest, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.catalogue import structural_pages
from gitopsgen.source.reader import read
from gitopsgen.validation.analysis import check_analysis
from gitopsgen.validation.analysis.json_path import is_whole_answer, json_path_fault
from gitopsgen.validation.analysis.placeholders import Unresolved, parts, resolve, sole_argument
from gitopsgen.validation.analysis.range_time import time_fault
from gitopsgen.validation.analysis.rules_for_metrics import may_match
from gitopsgen.validation.analysis.urls import address_fault

PAGES = structural_pages("argo-rollouts")

TEMPLATE = """
apiVersion: argoproj.io/v1alpha1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  args: {args}
  templates: {templates}
  metrics: {metrics}
---
"""


EVERY = "interval: '{{args.every}}', count: 5, "


def template(
    name: str,
    metrics: str = "[]",
    args: str = "[]",
    templates: str = "[]",
    kind: str = "AnalysisTemplate",
    namespace: str = "''",
) -> str:
    return TEMPLATE.format(name=name, metrics=metrics, args=args, templates=templates, kind=kind, namespace=namespace)


def metric(name: str, query: str = 'errors{version="canary"}', rest: str = "") -> str:
    return f"{{name: {name}, {rest}provider: {{prometheus: {{address: 'http://p:9090', query: '{query}'}}}}}}"


def rollout(steps: str = "[]", background: str = "{}", rest: str = "", namespace: str = "''") -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: api, namespace: {namespace}, labels: {{team: a}}}}
spec:
  strategy: {{canary: {{steps: {steps}, analysis: {background}{rest}}}}}
---
"""


def manifests(text: str, file: str = "a.yaml", environment: str = "") -> list[Manifest]:
    return [
        Manifest(body=one.data, file=file, document=one.index, environment=environment)
        for one in read(text, file).documents
    ]


def told(*sets: list[Manifest], externals: frozenset[str] = frozenset()) -> list[tuple[str, str, str, str]]:
    """Return severity, rule, object and message of each fault."""
    resources = ManifestSet(tuple(manifest for one in sets for manifest in one), externals=externals)
    return [
        (
            str(fault.severity or PAGES[fault.rule].severity_in("")),
            fault.rule.removeprefix("argo-rollouts/"),
            f"{fault.manifest.name}:{'.'.join(map(str, fault.path))}",
            fault.message,
        )
        for fault in check_analysis(resources, Versions())
        if not fault.rule.startswith("argo-rollouts/condition-")  # those have tests of their own
    ]


def rules(text: str) -> list[str]:
    return [rule for _, rule, _, _ in told(manifests(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a", [("a", None)], id="no placeholder"),
        pytest.param("a{{ args.b }}c", [("a", "args.b"), ("c", None)], id="blanks are dropped"),
        pytest.param("{{args.{{args.b}}}}", [("", "args.{{args.b"), ("}}", None)], id="the first closing braces close"),
        pytest.param("a{{b", [("a", "b"), ("", None)], id="the JSON behind it closes what is open"),
        pytest.param("{{", [("", ""), ("", None)], id="nothing in it"),
    ],
)
def test_parts_of_a_text(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert list(parts(text)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"a": ["{{args.x}}", 1]}, {"a": ["1m", 1]}, id="all the way down"),
        pytest.param("{{args.x}}{{args.x}}", "1m1m", id="several in one text"),
        pytest.param("{{args.y}}", "{{args.x}}", id="what is put in is not looked at again"),
    ],
)
def test_known_arguments_are_put_in(value: object, expected: object) -> None:
    found = resolve(value, {"x": "1m", "y": "{{args.x}}"})
    assert found == expected
    assert not isinstance(found, Unresolved)


@pytest.mark.parametrize("text", ["{{args.z}}", "{{x}}", "{{args.x}} {{args.z}}"])
def test_text_with_an_unknown_argument_is_not_resolved(text: str) -> None:
    assert isinstance(resolve(text, {"x": "1m", "z": None}), Unresolved)


@pytest.mark.parametrize(
    ("text", "name"), [("{{args.x}}", "x"), ("{{ args.x }}", "x"), ("a{{args.x}}", ""), ("{{x}}", ""), (5, "")]
)
def test_a_text_that_is_one_placeholder(text: object, name: str) -> None:
    assert sole_argument(text) == name


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("errors", "errors", True),
        ("err", "errors", True),
        ("^rate", "error-rate", False),
        ("*", "errors", False),
        (".*", "errors", True),
        ("(a|b", "a", False),
        ("(?=e)", "errors", False),
        (r"\Qerrors\E", "errors", True),
        ("(a+)+$", "a" * 60 + "b", False),
    ],
)
def test_a_rule_fits_a_metric_as_go_would_have_it(pattern: str, name: str, *, matches: bool) -> None:
    assert may_match(pattern, name) is matches


@pytest.mark.parametrize(
    "text",
    [
        *("", "{$}", "{$.a}", "{.a.b}", "{$['a-b']}", "{$.items[0]}", "{$.items[-1:]}", "{$.a[*].b}", "{$..a}"),
        *("{range $.a[*]}{.b}{end}", "{$.a[?(@.b)]}", "{$.a[?(@.b==1.5)].c}", "{$.a[?(@.b=='x')]}", "{$.a[0,1]}"),
        *("{'text'}", "plain", "{$.a} {$.b}", "{-1.5}"),
    ],
)
def test_a_path_that_can_be_read(text: str) -> None:
    assert json_path_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{$.a", "cannot be read: a brace is never closed"),
        ("{a}", "has `a` without a dot before it"),
        ("{$.a[b]}", "cannot be read: `[b]` is neither an index nor a key; a key stands in single quotation marks"),
        ("{$.a[0}", "cannot be read: a bracket is never closed"),
        ("{$.a[?(@.b=}", "cannot be read: a filter is never closed"),
        ("{$.a[?(@.b)}", "cannot be read: `]` must follow a filter's `)`"),
        ("{$.a[?(@.b=1.0)]}", "has the operator `=`, which there is not"),
        ("{$.a[?(@.b>2)]}", "compares with 2, and the numbers of an answer are all floating: 2.0"),
        ("{$.a[?(b==1.0)]}", "has `b` without a dot before it"),
        ("{$[a,'b']}", "cannot be read: `[a]` is neither an index nor a key; a key stands in single quotation marks"),
        ("{1.2.3}", "cannot be read: `1.2.3` is no number"),
        ("{#}", "cannot be read: `#` does not fit here"),
    ],
)
def test_a_path_that_cannot_be_read(text: str, reason: str) -> None:
    assert json_path_fault(text) == reason


@pytest.mark.parametrize(("text", "whole"), [("", True), ("{$}", True), ("{ @ }", True), ("{$.a}", False)])
def test_the_whole_answer(text: str, *, whole: bool) -> None:
    assert is_whole_answer(text) is whole


@pytest.mark.parametrize(
    "text",
    ["http://prometheus:9090", "https://u:p@a.example/b?c=%zz#d", "HTTP://a", "http://[::1]:80/x", "http://a_b/c d"],
)
def test_an_address_that_may_be_reached(text: str) -> None:
    assert address_fault(text) == ""


@pytest.mark.parametrize(
    "text", ["{{args.url}}", "{{args.url}}/x", "http://{{args.host}}:{{args.port}}/x", "https://{{args.host}}"]
)
def test_an_address_that_only_the_run_knows(text: str) -> None:
    assert address_fault(Unresolved(text)) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("prometheus:9090", "has no http:// or https://"),
        ("localhost", "has no http:// or https://"),
        ("grpc://a", "has the scheme grpc, which is not http or https"),
        ("http:///x", "has no host"),
        ("http://:9090", "has no host"),
        ("http://a:90x", "has the port `90x`, which is no number"),
        ("http://a b/c", "has a character in the host `a b` that no host has"),
        ("http://a/%zz", "has a % that no two hexadecimal digits follow"),
        ("http://a/\n", "has a control character in it"),
        (Unresolved("prometheus-{{args.env}}:9090"), "has no http:// or https://"),
    ],
)
def test_an_address_that_cannot_be_reached(text: str, reason: str) -> None:
    assert address_fault(text) == reason


def test_arguments_and_metrics_of_nested_templates_come_together() -> None:
    text = rollout("[{analysis: {templates: [{templateName: outer}], args: [{name: b, value: x}]}}]")
    text += template("outer", f"[{metric('one')}]", "[{name: a, value: '1'}]", "[{templateName: inner}]")
    text += template("inner", f"[{metric('one')}]", "[{name: a, value: '2'}, {name: b}, {name: c}]")
    assert told(manifests(text)) == [
        ("error", "metric-twice", "inner:spec.metrics.0.name", "the metric `one` is in `outer` too"),
        (
            "error",
            "argument-defaults-conflict",
            "inner:spec.args.0.value",
            "the argument `a` is `2` here, and `1` in `outer`",
        ),
        (
            "error",
            "argument-not-given",
            "api:spec.strategy.canary.steps.0.analysis.args",
            "the argument `c` of `inner` has no value here, and no default",
        ),
    ]


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        pytest.param("[{analysis: {templates: [{templateName: outer}]}}]", ["placeholder-unresolved"], id="a step"),
        pytest.param("[{experiment: {analyses: [{templateName: outer}]}}]", [], id="an experiment"),
        pytest.param("[], analysis: {templates: [{templateName: outer}]}, x: []", [], id="the background"),
    ],
)
def test_a_step_judges_a_template_with_its_own_arguments(use: str, expected: list[str]) -> None:
    inner = "[" + metric("one", 'up{pod="{{args.a}}"}', "interval: 1m, count: 500, ") + "]"
    text = f"""
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: api}}
spec: {{strategy: {{canary: {{steps: {use}}}}}}}
---
"""
    text += template("outer", args="[{name: a, value: up}]", templates="[{templateName: inner}]")
    text += template("inner", inner)
    assert [rule for rule in rules(text) if not rule.startswith("background")] == expected


def test_a_fault_in_a_value_is_told_where_the_value_is_given() -> None:
    text = rollout("[{analysis: {templates: [{templateName: one}], args: [{name: every, value: 5 m}]}}]")
    text += template("one", f"[{metric('one', rest=EVERY)}]", "[{name: every}]")
    assert told(manifests(text)) == [
        (
            "error",
            "metric-duration-invalid",
            "api:spec.strategy.canary.steps.0.analysis.args.0.value",
            "`5 m` is no duration",
        )
    ]


def test_a_default_that_is_always_overridden_is_not_judged() -> None:
    text = template("one", f"[{metric('one', rest=EVERY)}]", "[{name: every, value: x}]")
    assert rules(text) == ["metric-duration-invalid"]
    used = rollout("[{analysis: {templates: [{templateName: one}], args: [{name: every, value: 5m}]}}]")
    assert rules(used + text) == []


def test_a_secret_takes_the_place_of_what_is_given() -> None:
    argument = "[{name: every, valueFrom: {secretKeyRef: {name: a, key: b}}}]"
    text = rollout("[{analysis: {templates: [{templateName: one}], args: [{name: every, value: 5 m}]}}]")
    text += template("one", f"[{metric('one', rest=EVERY)}]", argument)
    assert rules(text) == []


def test_a_template_of_a_ring_is_told_once_whoever_uses_it() -> None:
    ring = template("a", templates="[{templateName: b}]") + template("b", templates="[{templateName: a}]")
    used = rollout("[{analysis: {templates: [{templateName: b}]}}, {analysis: {templates: [{templateName: b}]}}]")
    assert rules(ring).count("analysis-template-cycle") == 1
    assert rules(ring + used).count("analysis-template-cycle") == 1


STEP = "[{analysis: {templates: [{templateName: errors}]}}]"


@pytest.mark.parametrize(
    ("sets", "externals", "expected"),
    [
        pytest.param([manifests(rollout(STEP))], (), [("warning", "analysis-template-not-in-set")], id="a lone file"),
        pytest.param(
            [manifests(rollout(STEP), environment="prod")], (), [("error", "analysis-template-missing")], id="rendered"
        ),
        pytest.param(
            [manifests(rollout(STEP), environment="prod")],
            ("AnalysisTemplate/errors",),
            [],
            id="said to be in the cluster",
        ),
        pytest.param(
            [
                manifests(rollout(STEP)),
                manifests(template("errors"), "b/c.yaml"),
                manifests(template("errors"), "d/e.yaml"),
            ],
            (),
            [("warning", "analysis-without-metrics")] * 2,
            id="no telling which",
        ),
        pytest.param(
            [manifests(rollout(STEP, namespace="a") + template("errors", f"[{metric('x')}]", namespace="b"))],
            (),
            [("warning", "analysis-template-not-in-set")],
            id="of another namespace",
        ),
    ],
)
def test_a_template_that_is_not_there(
    sets: list[list[Manifest]], externals: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    found = told(*sets, externals=frozenset(externals))
    assert [(severity, rule) for severity, rule, _, _ in found] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{podTemplateHashValue: Latest}", []),
        ("{fieldRef: {fieldPath: metadata.name}}", []),
        ("{fieldRef: {fieldPath: \"metadata.labels['team']\"}}", []),
        ("{fieldRef: {fieldPath: \"metadata.labels['region']\"}}", [("warning", "argument-field-absent")]),
        ("{fieldRef: {fieldPath: \"metadata.annotations['rollout.argoproj.io/revision']\"}}", []),
        ("{fieldRef: {fieldPath: status.currentPodHash}}", []),
        ("{fieldRef: {fieldPath: spec.replicas}}", []),
        ("{fieldRef: {fieldPath: 'spec.strategy.canary.steps[0].setWeight'}}", []),
        ("{fieldRef: {fieldPath: 'spec.strategy.canary.steps[7].setWeight'}}", [("error", "argument-field-absent")]),
    ],
)
def test_an_argument_of_a_field(source: str, expected: list[tuple[str, str]]) -> None:
    args = f"[{{name: x, valueFrom: {source}}}]"
    text = rollout(f"[{{setWeight: 5}}, {{analysis: {{templates: [{{templateName: one}}], args: {args}}}}}]")
    text += template("one", f"[{metric('one')}]", "[{name: x}]")
    assert [(severity, rule) for severity, rule, _, _ in told(manifests(text))] == expected


@pytest.mark.parametrize(
    ("steps", "rest", "early"),
    [
        pytest.param("[{pause: {}}]", "count: 5, interval: 1m, ", True, id="a gate"),
        pytest.param("[{pause: {duration: 4m}}]", "count: 5, interval: 1m, ", False, id="as long as the pauses"),
        pytest.param("[{pause: {duration: 5m}}]", "count: 5, interval: 1m, ", True, id="shorter than the pauses"),
        pytest.param("[{pause: {duration: 5m}}]", "interval: 1m, ", False, id="without end"),
        pytest.param("[{pause: {duration: 5m}}]", "", True, id="once"),
        pytest.param(
            "[{pause: {duration: 9h}}]", "interval: 1m, consecutiveSuccessLimit: 5, ", True, id="a row of successes"
        ),
    ],
)
def test_the_background_goes_on_as_long_as_the_release(steps: str, rest: str, *, early: bool) -> None:
    text = rollout(steps, "{templates: [{templateName: one}]}") + template("one", f"[{metric('one', rest=rest)}]")
    assert ("background-analysis-ends-early" in rules(text)) is early


def test_a_metric_of_several_uses_is_judged_once() -> None:
    step = "{analysis: {templates: [{templateName: one}]}}"
    text = rollout(f"[{step}, {step}, {step}]") + template("one", f"[{metric('one', rest='count: 2, ')}]")
    assert rules(text) == ["metric-count-without-interval"]


EXPERIMENT = """
apiVersion: argoproj.io/v1alpha1
kind: Experiment
metadata: {{name: compare}}
spec:
  {{templates: [{{name: base, selector: {{matchLabels: {{app: a}}}}, template: {{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: a, image: a}}]}}}}}}], {rest}}}
---
"""


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        pytest.param("duration: 1h", [], id="for a time"),
        pytest.param("duration: 1d", ["experiment-duration-invalid"], id="days are no unit"),
        pytest.param(
            "analyses: [{name: x, templateName: one}]", ["experiment-never-ends"], id="an analysis that does not count"
        ),
        pytest.param(
            "analyses: [{name: x, templateName: one, requiredForCompletion: true}]", [], id="an analysis that ends it"
        ),
        pytest.param(
            "analyses: [{name: x, templateName: endless, requiredForCompletion: true}]",
            ["experiment-never-ends"],
            id="an analysis without end",
        ),
        pytest.param(
            "duration: 1h, analyses: [{name: x, templateName: endless}]", [], id="a time for an endless analysis"
        ),
        pytest.param(
            "duration: 1h, dryRun: [{metricName: one}], "
            "analyses: [{name: x, templateName: one}, {name: y, templateName: two}]",
            ["metric-rule-matches-nothing"],
            id="a rule has to fit in each analysis",
        ),
    ],
)
def test_the_end_of_an_experiment(rest: str, expected: list[str]) -> None:
    text = EXPERIMENT.format(rest=rest)
    text += template("one", f"[{metric('one')}]") + template("two", f"[{metric('two')}]")
    text += template("endless", f"[{metric('x', rest='interval: 1m, ')}]")
    assert rules(text) == expected


def test_an_experiment_passes_on_values_only() -> None:
    args = "[{name: a, valueFrom: {secretKeyRef: {name: b, key: c}}}]"
    text = EXPERIMENT.format(rest=f"duration: 1h, analyses: [{{name: x, templateName: one, args: {args}}}]")
    assert rules(text + template("one", f"[{metric('one')}]", "[{name: a}]")) == [
        "argument-not-given",
        "argument-without-value",
    ]


QUERIES = "{a: avg:errors, b: avg:hits}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("consecutiveSuccessLimit: -1", "metric-limit-below-zero"),
        ("inconclusiveLimit: -1", "metric-limit-below-zero"),
        ("provider: {plugin: {a/b: {}, c/d: {}}}", "metric-provider-count"),
        ("provider: {newRelic: {query: x, timeout: -1}}", "metric-timeout-below-zero"),
        ("provider: {skywalking: {address: 'http://a', query: x}}", "metric-span-invalid"),
        ("provider: {cloudWatch: {interval: 5x, metricDataQueries: []}}", "metric-span-invalid"),
        ("provider: {cloudWatch: {metricDataQueries: []}}", ""),
        ("provider: {influxdb: {profile: x}}", "metric-without-query"),
        ("provider: {wavefront: {address: a.wavefront.com, query: ts(x)}}", ""),
        ("provider: {datadog: {}}", "datadog-query-invalid"),
        ("provider: {datadog: {query: x, aggregator: avg}}", "datadog-query-invalid"),
        ("provider: {datadog: {apiVersion: v2, query: x, formula: x}}", "datadog-query-invalid"),
        (
            f"provider: {{datadog: {{apiVersion: v2, query: x, queries: {QUERIES}, formula: a / b}}}}",
            "datadog-query-invalid",
        ),
        (f"provider: {{datadog: {{apiVersion: v2, queries: {QUERIES}, formula: a / b}}}}", ""),
        ("provider: {datadog: {query: x, secretRef: {namespaced: true}}}", "datadog-secret-incomplete"),
        ("provider: {datadog: {query: x, secretRef: {name: elsewhere}}}", ""),
        ("provider: {web: {url: 'http://a', jsonPath: '{$.a}', body: x, method: PUT}}", ""),
        ("provider: {web: {url: 'http://a', jsonPath: '{$.a}', jsonBody: {a: 1}, method: GET}}", "web-body-not-sent"),
    ],
)
def test_a_metric_of_each_provider(body: str, expected: str) -> None:
    provider = "" if "provider" in body else ", provider: {web: {url: 'http://a', jsonPath: '{$.a}'}}"
    found = rules(template("one", f"[{{name: one, {body}{provider}}}]"))
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("now()", ""),
        ("now() - duration('10m')", ""),
        ("now().Add(duration('-1h'))", ""),
        ("date('2024-01-01')", ""),
        ("", "is missing"),
        ("'10 minutes ago'", "is a text, which is no time"),
        ("duration('1h')", "is a duration, which is no time"),
        ("now() - 5", "cannot be read: `-` does not go between a time and a whole number"),
        ("now() - duration('1d')", "cannot be read: '1d' is no duration"),
        ("nw()", "cannot be read: nothing is called `nw`; did you mean `now`?"),
        ("result", "cannot be read: nothing is called `result`"),
    ],
)
def test_the_end_of_a_time_range(text: str, reason: str) -> None:
    assert time_fault(text) == reason
