"""Custom kinds by their CustomResourceDefinition: what the API server refuses, prunes, fills in and leaves alone."""

from typing import Any

import pytest
import yaml

from gitopsgen.model.finding import Severity
from gitopsgen.model.manifest import Manifest
from gitopsgen.model.versions import Versions
from gitopsgen.validation.custom_kinds.catalogue import address, read_schema
from gitopsgen.validation.schemas import SchemaChecker, SchemaVerdict


def definition(spec: str, **more: Any) -> Manifest:  # noqa: ANN401 - parts of a document
    """Return the definition of Widgets; ``spec`` is the schema of their spec."""
    root = {"type": "object", "properties": {"spec": yaml.safe_load(spec)}, **more}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [version, {**version, "name": "v1beta1", "served": False, "storage": False}],
        },
    }
    return Manifest(body=body, file="crd.yaml")


def widget(spec: object, api_version: str = "example.com/v1", **more: object) -> Manifest:
    metadata = {"name": "a"}
    return Manifest(
        body={"apiVersion": api_version, "kind": "Widget", "metadata": metadata, "spec": spec, **more}, file="a.yaml"
    )


def check(schema: str, spec: object, **more: object) -> SchemaVerdict:
    return SchemaChecker().check([definition(schema), widget(spec, **more)], Versions())  # type: ignore[arg-type]


def told(verdict: SchemaVerdict) -> list[tuple[str, str]]:
    return [(fault.rule.removeprefix("schema/"), ".".join(map(str, fault.path))) for fault in verdict.faults]


INT_OR_STRING = (
    "type: object\nproperties: {port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}}"
)
OPEN = "type: object\nx-kubernetes-preserve-unknown-fields: true\nproperties: {inner: {type: object, properties: {a: {type: string}}}}"
LIMITS = "type: object\nproperties: {n: {type: number, minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false}}"
DEFAULTED = (
    "type: object\nrequired: [mode, size]\nproperties: {mode: {type: string, default: fast}, size: {type: integer}}"
)
TEMPLATE = "type: object\nproperties: {template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}"
CHOICE = "type: object\nproperties: {a: {type: string}, b: {type: string}}\noneOf: [{required: [a]}, {required: [b]}]"
PARTS = "type: object\nproperties: {parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name, kind], items: {type: object, properties: {name: {type: string}, kind: {type: string, default: plain}}}}}"


@pytest.mark.parametrize(
    ("schema", "spec", "expected"),
    [
        pytest.param("type: object\nproperties: {a: {type: string}}", {"b": 1}, [("unknown-key", "spec.b")], id="pruned"),
        pytest.param("type: object", {"b": 1}, [("unknown-key", "spec.b")], id="an object without keys keeps none"),
        pytest.param(OPEN, {"b": 1, "inner": {"a": "x"}}, [], id="preserved"),
        pytest.param(OPEN, {"inner": {"b": 1}}, [("unknown-key", "spec.inner.b")], id="preserved only at its own level"),
        pytest.param("type: object\nadditionalProperties: {type: integer}", {"b": "x"}, [("wrong-type", "spec.b")], id="any key, one type"),
        pytest.param("type: object\nadditionalProperties: true", {"b": "x"}, [], id="any key"),
        pytest.param(INT_OR_STRING, {"port": "http"}, [], id="a string for a number or a string"),
        pytest.param(INT_OR_STRING, {"port": 80}, [], id="a number for a number or a string"),
        pytest.param(INT_OR_STRING, {"port": 1.5}, [("wrong-type", "spec.port")], id="a fraction for a number or a string"),
        pytest.param("type: object\nproperties: {a: {type: string, nullable: true, enum: [x]}}", {"a": None}, [], id="null where it may be"),
        pytest.param("type: object\nproperties: {a: {type: string}}", {"a": None}, [("wrong-type", "spec.a")], id="null where it may not"),
        pytest.param(LIMITS, {"n": 0}, [("invalid-value", "spec.n")], id="the limit itself excluded"),
        pytest.param(LIMITS, {"n": 9}, [], id="the limit itself included"),
        pytest.param(DEFAULTED, {"size": 1}, [], id="a required key with a default"),
        pytest.param(DEFAULTED, {"mode": "x"}, [("missing-key", "spec")], id="a required key without one"),
        pytest.param(TEMPLATE, {"template": {"apiVersion": "v1", "kind": "X", "metadata": {"nam": 1}, "x": 1}}, [("unknown-key", "spec.template.metadata.nam")], id="an object inside"),
        pytest.param(CHOICE, {"a": "x", "b": "y"}, [("invalid-value", "spec")], id="one of two"),
        pytest.param(CHOICE, {"a": "x"}, [], id="the one of two"),
        pytest.param("type: object\nproperties: {s: {type: array, x-kubernetes-list-type: set, items: {type: string}}}", {"s": ["a", "a"]}, [("invalid-value", "spec.s")], id="a set"),
        pytest.param(PARTS, {"parts": [{"name": "a"}, {"name": "a", "kind": "plain"}]}, [("duplicate-item", "spec.parts.1")], id="a list of maps, with a default for a key"),
        pytest.param(PARTS, {"parts": [{"name": "a"}, {"name": "a", "kind": "x"}]}, [], id="a list of maps that differ"),
    ],
)  # fmt: skip
def test_structural_schema(schema: str, spec: object, expected: list[tuple[str, str]]) -> None:
    verdict = check(schema, spec)
    assert told(verdict) == expected
    assert verdict.not_checked == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", "2026-02-28T23:59:59.5Z", "2026-02-30T00:00:00Z"),
        ("date-time", "2026-02-28t23:59:59+01:00", "2026-02-28 23:59:59Z"),
        ("date", "2026-02-28", "28.2.2026"),
        ("duration", "1h30m", "1h30"),
        ("duration", "90 seconds", "soon"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("ipv6", "::1", "1"),
        ("cidr", "10.0.0.0/8", "10.0.0.0"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("mac", "00:00:5e:00:53:01", "00:00:5e"),
        ("byte", "YQ==", "a?"),
    ],
)
def test_format(name: str, good: str, bad: str) -> None:
    schema = f"type: object\nproperties: {{a: {{type: string, format: {name}}}}}"
    assert told(check(schema, {"a": good})) == []
    assert told(check(schema, {"a": bad})) == [("invalid-value", "spec.a")]


def test_a_number_has_the_width_that_its_format_says() -> None:
    schema = "type: object\nproperties: {a: {type: integer, format: int32}, b: {type: integer, format: int64}}"
    assert told(check(schema, {"a": 2**31 - 1, "b": 2**31})) == []
    assert told(check(schema, {"a": 2**31, "b": -(2**63)})) == [("invalid-value", "spec.a")]


def ruled(rule: str, properties: str = "{a: {type: integer}, b: {type: integer, default: 5}}", **more: str) -> str:
    node = {
        "type": "object",
        "properties": yaml.safe_load(properties),
        "x-kubernetes-validations": [{"rule": rule, **more}],
    }
    return yaml.safe_dump(node)


@pytest.mark.parametrize(
    ("schema", "spec", "path", "message"),
    [
        pytest.param(ruled("self.a < self.b", message="a must be below b"), {"a": 9}, "spec", "a must be below b", id="a default is filled in first"),
        pytest.param(ruled("self.a < self.b", messageExpression="'a is ' + string(self.a)"), {"a": 9}, "spec", "a is 9", id="a message worked out"),
        pytest.param(ruled("self.a < self.b", fieldPath=".a", message="m"), {"a": 9}, "spec.a", "m", id="at the field that it names"),
        pytest.param(ruled("self.a < self.b", message="m", messageExpression="self.gone"), {"a": 9}, "spec", "m", id="a message that has no value"),
        pytest.param(ruled("self.a > 0"), {}, "spec", "the rule `self.a > 0` of its kind has no value: no such key: a", id="a key that is not there"),
        pytest.param(ruled("self.__namespace__ != self.x__dash__y", "{namespace: {type: string}, x-y: {type: string}}"), {"namespace": "n", "x-y": "n"}, "spec", "the rule `self.__namespace__ != self.x__dash__y` does not hold", id="keys that CEL cannot say"),
        pytest.param("type: object\nadditionalProperties: {type: object, properties: {n: {type: integer}}, x-kubernetes-validations: [{rule: self.n > 0, message: m}]}", {"q": {"n": 0}}, "spec.q", "m", id="deep inside"),
    ],
)  # fmt: skip
def test_broken_rule(schema: str, spec: object, path: str, message: str) -> None:
    verdict = check(schema, spec)
    assert told(verdict) == [("rule-broken", path)]
    assert verdict.faults[0].message == message
    assert verdict.not_checked == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        pytest.param("self.a <", "cannot be read", id="no expression"),
        pytest.param("self.a.startsWith('x')", "has no value", id="types that do not fit"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_not_taken_for_kept(rule: str, reason: str) -> None:
    verdict = check(ruled(rule), {"a": 1})
    assert verdict.faults == []
    assert [reason in one.reason for one in verdict.not_checked] == [True]


def test_a_rule_on_how_an_object_changes_says_nothing_of_it_alone() -> None:
    verdict = check(ruled("self.a == oldSelf.a"), {"a": 1})
    assert (verdict.faults, verdict.not_checked) == ([], [])


def test_rules_wait_for_the_types_to_be_right() -> None:
    assert told(check(ruled("self.a < self.b"), {"a": "x"})) == [("wrong-type", "spec.a")]


def test_a_version_that_its_definition_calls_deprecated() -> None:
    crd = definition("type: object")
    crd.body["spec"]["versions"][0] |= {"deprecated": True, "deprecationWarning": "v1 goes with 3.0"}
    [fault] = SchemaChecker().check([crd, widget({})], Versions()).faults
    assert (fault.rule, fault.path, fault.severity) == ("schema/deprecated-api", ("apiVersion",), Severity.WARNING)
    assert fault.message == "Widget of example.com/v1 is deprecated: v1 goes with 3.0"


def test_the_root_is_closed_and_metadata_is_every_objects() -> None:
    found = SchemaChecker().check([definition("type: object"), widget({}, spce={})], Versions())
    assert told(found) == [("unknown-key", "spce")]


def test_a_version_that_the_definition_does_not_serve() -> None:
    found = SchemaChecker().check([definition("type: object"), widget({}, "example.com/v1beta1")], Versions())
    assert told(found) == [("unknown-version", "apiVersion")]
    assert found.faults[0].message == "crd.yaml declares Widget of example.com in v1, and not in v1beta1"


@pytest.mark.parametrize(
    "schema",
    ["{type: [5]}", "{type: object, properties: {a: {pattern: '('}}}", "{properties: 5, items: 7, required: 3}"],
)
def test_a_definition_that_is_none_leaves_its_objects_unchecked(schema: str) -> None:
    verdict = check(schema, {"a": "b"})
    reasons = [one.reason for one in verdict.not_checked]
    assert len(reasons) == 1 or told(verdict)
    assert all("cannot be used" in reason for reason in reasons)


def test_a_kind_without_a_schema_names_the_command_that_gets_one() -> None:
    [skipped] = SchemaChecker().check([widget({})], Versions()).not_checked
    assert skipped.reason == (
        "no schema of example.com/v1 Widget is known: `gitopsgen schemas pull example.com/v1/Widget` gets one"
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("https://x/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json", "https://x/keda.sh/scaledobject_v1alpha1.json"),
        ("file:///x/{{ .ResourceKind }}{{ .KindSuffix }}.json", "file:///x/scaledobject-keda-v1alpha1.json"),
        ("https://x/all.json", "https://x/all.json"),
    ],
)  # fmt: skip
def test_address_in_a_catalogue(template: str, expected: str) -> None:
    assert address(template, ("keda.sh", "v1alpha1", "ScaledObject")) == expected


@pytest.mark.parametrize("template", ["https://x/{{.Kind}}.json", "https://x/{{if .Group}}y{{end}}.json"])
def test_a_catalogue_with_other_variables_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"may hold \{\{\.Group\}\}"):
        address(template, ("keda.sh", "v1alpha1", "ScaledObject"))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[" * 100_000,
        '{"properties": {"a": ' * 2_000 + "1" + "}}" * 2_000,
        "[]",
        "{}",
        '{"properties": 5}',
        "<html>",
    ],
)
def test_what_is_no_schema_of_an_object_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_schema(content)
