"""Expressions over plain data: values, types, errors and where they stand, and what is bounded."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.policies.cel import CelEvaluationError, CelSyntaxError, Shared, activation, compile_expression

ROLLOUT = {
    "kind": "Rollout",
    "spec": {
        "replicas": 5,
        "strategy": {"canary": {"steps": [{"setWeight": 5}, {"pause": {}}]}},
        "limits": {"memory": "1Gi", "cpu": "500m"},
        "empty": None,
    },
}


def value_of(text: str, **bindings: object) -> object:
    return compile_expression(text, tuple(bindings)).evaluate(bindings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("object.spec.replicas > 1", True, id="field"),
        pytest.param("object.spec.strategy.canary.steps.exists(s, has(s.pause))", True, id="macro"),
        pytest.param("object.spec.strategy.?blueGreen.hasValue()", False, id="missing optional"),
        pytest.param("object.?spec.?replicas", 5, id="an optional result is its value"),
        pytest.param("object.?status", None, id="an empty optional result is null"),
        pytest.param("has(object.spec.empty)", True, id="a null field is there"),
        pytest.param("object.spec.replicas < 5.5", True, id="numbers compare across types"),
        pytest.param("{'a': 1, 'a': 2}", {"a": 2}, id="the last of equal keys counts"),
        pytest.param("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}, id="transformMap"),
        pytest.param("['a', 'b'].transformMapEntry(i, v, {v: i})", {"a": 0, "b": 1}, id="transformMapEntry"),
        pytest.param("[3, 1].isSorted()", False, id="isSorted"),
        pytest.param("[[1, 2].sum(), [1, 2].min(), [1, 2].max()]", [3, 1, 2], id="sum, min, max"),
        pytest.param("[duration('1m'), duration('1s')].sum()", timedelta(seconds=61), id="sum of durations"),
        pytest.param("[1, 2, 1].lastIndexOf(1)", 2, id="lastIndexOf of a list"),
        pytest.param("'abcabc'.lastIndexOf('b')", 4, id="lastIndexOf of a string"),
        pytest.param("'123 abc 456'.findAll('[0-9]*')", ["123", "", "", "", "", "456"], id="empty matches"),
        pytest.param("'aaa'.findAll('^a')", ["a"], id="an anchor holds once"),
        pytest.param("'image:v1.2'.find('v([0-9]+)')", "v1", id="a group does not change what is found"),
        pytest.param("'%s-%d'.format(['a', 1])", "a-1", id="format takes a mixed list"),
    ],
)
def test_values(text: str, expected: object) -> None:
    assert value_of(text, object=ROLLOUT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("quantity(object.spec.limits.memory).isGreaterThan(quantity('1G'))", True, id="compare"),
        pytest.param("quantity('0.2G') == quantity('200M')", True, id="equal numbers are equal"),
        pytest.param("quantity('1Gi').sub(1024).asInteger()", 2**30 - 1024, id="arithmetic"),
        pytest.param("quantity('500m').asApproximateFloat()", 0.5, id="float"),
        pytest.param("[quantity('1'), quantity('2k')]", ["1", "2000"], id="a quantity leaves as text"),
        pytest.param("['1 Gi', '1gi', '', '1e'].exists(q, isQuantity(q))", False, id="no quantities"),
        pytest.param("['1e3', '.5', '-1.5Ki'].all(q, isQuantity(q))", True, id="quantities"),
        pytest.param("semver('1.2.3-rc.10').isGreaterThan(semver('1.2.3-rc.9'))", True, id="numbers in a pre-release"),
        pytest.param("semver('1.2.3+a').compareTo(semver('1.2.3'))", 0, id="build metadata does not count"),
        pytest.param("semver('v1.02', true) == semver('1.2.0')", True, id="normalised version"),
        pytest.param("url('https://u@[::1]:8443/a%20b?q=1&q=2').getHostname()", "::1", id="host name"),
        pytest.param("url('https://h/p?q=1&q=2').getQuery()", {"q": ["1", "2"]}, id="query"),
        pytest.param("[isURL('/a'), isURL('a'), isURL('https://h')]", [True, False, True], id="which texts are URLs"),
        pytest.param("cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", True, id="masked"),
        pytest.param("cidr('10.0.0.0/8').containsIP('::1')", False, id="another family"),
        pytest.param("type(ip('::1')) == net.IP && string(ip('::1')) == '::1'", True, id="type and text of an address"),
        pytest.param("format.named('dns1123Label').value().validate('Abc').hasValue()", True, id="a format by name"),
        pytest.param("!format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()", True, id="uuid"),
    ],
)
def test_kubernetes_libraries(text: str, expected: object) -> None:
    assert value_of(text, object=ROLLOUT) == expected


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        pytest.param("1 +\n  foo", "undeclared reference to 'foo'", 2, 3, id="undeclared name"),
        pytest.param("quantity('1') > 3", "found no matching overload", 1, 15, id="a quantity is no number"),
        pytest.param("1 == 1.0", "found no matching overload", 1, 3, id="equality across types"),
        pytest.param("['a',\n 1]", "expected type 'string' but found 'int'", 2, 2, id="mixed list"),
        pytest.param("'é'.matches('(')", "invalid matches argument", 1, 13, id="bad pattern"),
        pytest.param("duration('1x')", "invalid duration argument", 1, 10, id="bad duration"),
        pytest.param("'a'.reverse()", "found no matching overload", 1, 12, id="not in Kubernetes' string library"),
        pytest.param("cel.bind(x, 1, x)", "undeclared reference", 1, 10, id="not among Kubernetes' macros"),
        pytest.param("math.greatest(1, 2)", "undeclared reference", 1, 1, id="not among Kubernetes' libraries"),
        pytest.param("['ab']" + ".map(x, x + x)" * 30, "too large", 1, 1, id="doubling"),
    ],
)
def test_what_does_not_compile_says_where(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(CelSyntaxError) as fault:
        compile_expression(text, ("object",))
    assert message in fault.value.message
    assert (fault.value.line, fault.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("object.status.phase == 'x'", "no such key: status", id="missing key"),
        pytest.param("object.kind + 1", "no such overload", id="wrong operand"),
        pytest.param("quantity(object.kind)", "quantities must match", id="no quantity"),
        pytest.param("isQuantity(object.spec.replicas)", "no such overload", id="wrong argument of a library function"),
        pytest.param("object.spec.empty.x", "no such overload: field", id="field of null"),
        pytest.param("lists.range(100000).size()", "longer than 10,000 items", id="long range"),
        pytest.param(
            "lists.range(200).all(a, lists.range(200).all(b, true))", "more than 10,000 loop steps", id="nested loops"
        ),
    ],
)
def test_what_cannot_be_evaluated_raises(text: str, message: str) -> None:
    with pytest.raises(CelEvaluationError, match=message):
        value_of(text, object=ROLLOUT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object.spec", "dyn"),
        ("has(object.spec)", "bool"),
        ("['a']", "list<string>"),
        ("{'a': 1u}", "map<string, uint>"),
        ("quantity('1')", "kubernetes.Quantity"),
        ("object.?a", "optional_type<dyn>"),
        ("timestamp('2024-01-01T00:00:00Z')", "timestamp"),
        ("null", "null_type"),
    ],
)
def test_the_type_is_known_without_evaluating(text: str, expected: str) -> None:
    assert compile_expression(text, ("object",)).result_type == expected


def test_an_absorbed_error_is_none() -> None:
    assert value_of("object.missing == 1 || true", object=ROLLOUT) is True


def test_an_activation_serves_many_expressions() -> None:
    used = activation({"object": ROLLOUT, "params": {"most": 10}})
    programs = [compile_expression(text, ("object", "params")) for text in ("object.kind", "params.most")]
    assert [program.evaluate(used) for program in programs] == ["Rollout", 10]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object.service in resources.Service", [True, False]),
        ("resources.Service.exists(object, object == 'b')", [True, True]),
        ("resources.Service[object.service].port == 80", [True, None]),
        ("object.service == 'a'", [True, False]),
        ("has(resources.Service.a) && params.on", [True, True]),
    ],
)
def test_shared_bindings_stand_beside_changing_ones(text: str, expected: list[bool | None]) -> None:
    shared = Shared({"resources": {"Service": {"a": {"port": 80}, "b": {"port": 81}}}})
    program = compile_expression(text, ("object", "params", "resources"))
    found: list[object] = []
    for service in ("a", "c"):
        try:
            found.append(program.evaluate(activation({"object": {"service": service}, "params": {"on": True}}, shared)))
        except CelEvaluationError:
            found.append(None)
    assert found == expected


def test_integers_beyond_64_bits_are_floats() -> None:
    assert value_of("object.n > 1.0 && object.ok", object={"n": 2**70, "ok": True}) is True


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))  # the engine ends a key at a NUL
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_data_passes_through_unchanged(data: object) -> None:
    assert value_of("object", object=data) == data


@given(plain)
def test_a_value_equals_itself(data: object) -> None:
    assert value_of("object == object", object=data) is True


@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_list_functions_agree_with_python(items: list[float]) -> None:
    assert value_of("[dyn(object.min()), dyn(object.max())]", object=items) == [min(items), max(items)]
    assert math.isclose(float(str(value_of("object.sum()", object=items))), sum(items), abs_tol=1e-3)
