"""What admission policies decide: matching, conditions, variables, messages, parameters, failures."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.policies.admission import Action, Operation, Outcome, Review, evaluate_admission

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api", "namespace": "shop", "labels": {"app": "api"}},
    "spec": {"replicas": 3},
}
RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]}


def policy(*expressions: str, **spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "matchConstraints": {"resourceRules": [RULE]},
            "validations": [{"expression": expression} for expression in expressions],
            **spec,
        },
    }


def binding(**spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "b"},
        "spec": {"policyName": "p", "validationActions": ["Deny"], **spec},
    }


def asked(
    rule: dict[str, Any],
    bound: dict[str, Any] | None = None,
    current: dict[str, Any] | None = DEPLOYMENT,
    **options: Any,  # noqa: ANN401 - handed on
) -> Review:
    params = options.pop("params", [])
    return evaluate_admission([rule], [bound or binding()], params, current, **options)


def outcomes(review: Review) -> list[tuple[Outcome, str]]:
    return [(decision.outcome, decision.message) for decision in review.decisions]


def test_a_false_validation_denies_and_says_which() -> None:
    (decision,) = asked(policy("object.spec.replicas > 5")).decisions
    assert (decision.outcome, decision.denies, decision.reason) == (Outcome.DENIED, True, "Invalid")
    assert decision.message == "failed expression: object.spec.replicas > 5"
    assert (decision.validation, decision.path, decision.field) == (
        0,
        ("spec", "validations", 0, "expression"),
        ("spec", "replicas"),
    )


def test_every_validation_is_evaluated() -> None:
    review = asked(policy("object.spec.replicas > 5", "true", "object.kind == 'Pod'"))
    assert [decision.outcome for decision in review.decisions] == [Outcome.DENIED, Outcome.ADMITTED, Outcome.DENIED]


@pytest.mark.parametrize(
    ("constraints", "applies"),
    [
        pytest.param({"resourceRules": [RULE]}, True, id="all parts fit"),
        pytest.param({"resourceRules": [{**RULE, "apiGroups": ["*"], "resources": ["*"]}]}, True, id="stars"),
        pytest.param({"resourceRules": [{**RULE, "resources": ["deployments/*"]}]}, True, id="and its subresources"),
        pytest.param({"resourceRules": [{**RULE, "resources": ["deployments/scale"]}]}, False, id="a subresource only"),
        pytest.param({"resourceRules": [{**RULE, "resources": ["pods"]}]}, False, id="another resource"),
        pytest.param({"resourceRules": [{**RULE, "apiVersions": ["v1beta1"]}]}, False, id="another version"),
        pytest.param({"resourceRules": [{**RULE, "operations": ["DELETE"]}]}, False, id="another operation"),
        pytest.param({"resourceRules": [{**RULE, "resourceNames": ["web"]}]}, False, id="another name"),
        pytest.param({"resourceRules": [{**RULE, "scope": "Cluster"}]}, False, id="another scope"),
        pytest.param({"resourceRules": [RULE], "excludeResourceRules": [RULE]}, False, id="excluded"),
        pytest.param({"objectSelector": {"matchLabels": {"app": "api"}}}, True, id="the object's labels"),
        pytest.param(
            {"objectSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}},
            False,
            id="labels left out",
        ),
        pytest.param({"namespaceSelector": {"matchLabels": {"team": "a"}}}, True, id="the namespace's labels"),
        pytest.param({"namespaceSelector": {"matchLabels": {"team": "b"}}}, False, id="another namespace's labels"),
        pytest.param(
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
            True,
            id="the label that every namespace has",
        ),
    ],
)
def test_what_a_policy_is_about(constraints: dict[str, Any], applies: bool) -> None:  # noqa: FBT001 - a table's column
    shop = {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}}
    review = asked(policy("false", matchConstraints=constraints), namespaces={"shop": shop})
    assert bool(review.decisions) is applies
    bound = asked(policy("false"), binding(matchResources=constraints), namespaces={"shop": shop})
    assert bool(bound.decisions) is applies


def test_labels_of_a_namespace_that_is_not_here_are_not_guessed() -> None:
    constraints = {"resourceRules": [RULE], "namespaceSelector": {"matchLabels": {"team": "a"}}}
    (decision,) = asked(policy("false", matchConstraints=constraints)).decisions
    assert (decision.outcome, decision.denies) == (Outcome.NOT_CHECKED, False)


def test_a_namespace_selector_never_leaves_out_what_is_in_no_namespace() -> None:
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    constraints = {"resourceRules": [rule], "namespaceSelector": {"matchLabels": {"team": "a"}}}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}}
    assert outcomes(asked(policy("namespaceObject == null", matchConstraints=constraints), None, role)) == [
        (Outcome.ADMITTED, "")
    ]


@pytest.mark.parametrize(
    ("conditions", "failure_policy", "expected"),
    [
        pytest.param(["true", "true"], "Fail", [Outcome.DENIED], id="all true"),
        pytest.param(["true", "false"], "Fail", [Outcome.SKIPPED], id="one false"),
        pytest.param(["object.nothing == 1", "false"], "Fail", [Outcome.SKIPPED], id="false wins over an error"),
        pytest.param(["object.nothing == 1", "true"], "Fail", [Outcome.ERROR], id="an error"),
    ],
)
def test_match_conditions(conditions: list[str], failure_policy: str, expected: list[Outcome]) -> None:
    spec = {
        "failurePolicy": failure_policy,
        "matchConditions": [{"name": f"c{index}", "expression": text} for index, text in enumerate(conditions)],
    }
    assert [decision.outcome for decision in asked(policy("false", **spec)).decisions] == expected


@pytest.mark.parametrize(("failure_policy", "denies"), [("Fail", True), ("Ignore", False), (None, True)])
def test_the_failure_policy_decides_on_errors_alone(failure_policy: str | None, denies: bool) -> None:  # noqa: FBT001
    rule = policy("object.spec.nothing == 1", failurePolicy=failure_policy)
    (decision,) = asked(rule).decisions
    assert (decision.outcome, decision.denies) == (Outcome.ERROR, denies)
    assert decision.message == ("expression 'object.spec.nothing == 1' resulted in error: no such key: nothing")
    assert asked(policy("false", failurePolicy=failure_policy)).allowed is False


def variables(**expressions: str) -> list[dict[str, str]]:
    return [{"name": name, "expression": text} for name, text in expressions.items()]


@pytest.mark.parametrize(
    ("named", "expression", "expected"),
    [
        pytest.param({"n": "object.spec.replicas", "m": "variables.n + 1"}, "variables.m == 4", Outcome.ADMITTED, id="in order"),
        pytest.param({"bad": "object.x.y"}, "true || variables.bad", Outcome.ADMITTED, id="an error is absorbed"),
        pytest.param({"bad": "object.x.y"}, "variables.bad == 1", Outcome.ERROR, id="an error surfaces"),
        pytest.param({"on": "object.spec.replicas > 2"}, "variables.on", Outcome.ADMITTED, id="types are known"),
        pytest.param({"any": "object.spec.on"}, "variables.any", Outcome.ERROR, id="an unknown type is no bool"),
        pytest.param({"o": "object.?spec.?paused"}, "!variables.o.orValue(false)", Outcome.ADMITTED, id="an optional"),
        pytest.param({"u": "3u"}, "variables.u + 1u == 4u", Outcome.ADMITTED, id="an unsigned integer"),
        pytest.param({"q": "quantity('1Gi')"}, "variables.q.isGreaterThan(quantity('1G'))", Outcome.ADMITTED, id="a quantity"),
        pytest.param({"s": "object.spec"}, "has(variables.s) && has(variables.s.replicas)", Outcome.ADMITTED, id="has()"),
        pytest.param({"a": "1"}, "variables.b == 1", Outcome.ERROR, id="no such variable"),
        pytest.param({"a": "variables.b", "b": "1"}, "variables.a == 1", Outcome.ERROR, id="a later variable"),
    ],
)  # fmt: skip
def test_variables(named: dict[str, str], expression: str, expected: Outcome) -> None:
    (decision,) = asked(policy(expression, variables=variables(**named))).decisions
    assert decision.outcome is expected, decision.message


def test_an_error_in_a_variable_names_it() -> None:
    (decision,) = asked(policy("variables.bad == 1", variables=variables(bad="object.x"))).decisions
    assert decision.message == (
        "expression 'variables.bad == 1' resulted in error: composited variable \"bad\" fails to evaluate: "
        "expression 'object.x' resulted in error: no such key: x"
    )


def test_a_chain_of_variables_that_double_is_stopped() -> None:
    doubling = {f"v{index}": f"variables.v{index - 1} + variables.v{index - 1}" for index in range(1, 60)}
    rule = policy("variables.v59 == ''", variables=variables(v0="'abcdefgh'", **doubling))
    (decision,) = asked(rule).decisions
    assert decision.outcome is Outcome.ERROR
    assert "larger than 1,000,000" in decision.message


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        pytest.param({"message": " too few \n"}, "too few", id="the message, trimmed"),
        pytest.param({"messageExpression": "'has ' + string(object.spec.replicas)"}, "has 3", id="an expression"),
        pytest.param({"message": "m", "messageExpression": "' '"}, "m", id="blank"),
        pytest.param({"message": "m", "messageExpression": "'a\\nb'"}, "m", id="two lines"),
        pytest.param({"message": "m", "messageExpression": "object.nothing"}, "m", id="of unknown type"),
        pytest.param({"message": "m", "messageExpression": "string(object.nothing)"}, "m", id="an error"),
        pytest.param({"message": "m", "messageExpression": "authorizer.path('/').check('get').reason()"}, "m", id="no authorizer there"),
    ],
)  # fmt: skip
def test_messages(validation: dict[str, str], message: str) -> None:
    rule = policy(validations=[{"expression": "false", **validation}])
    assert outcomes(asked(rule)) == [(Outcome.DENIED, message)]


def config_map(name: str, limit: str, namespace: str = "shop") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"kind": "limit"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"limit": limit}}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param({"name": "low"}, [(Outcome.DENIED, "low")], id="by name, in the object's namespace"),
        pytest.param({"name": "far", "namespace": "other"}, [(Outcome.ADMITTED, "far")], id="in another namespace"),
        pytest.param({"selector": {}}, [(Outcome.DENIED, "low"), (Outcome.ADMITTED, "high")], id="all of the namespace"),
        pytest.param({"selector": {"matchLabels": {"kind": "x"}}, "parameterNotFoundAction": "Allow"}, [], id="none, allowed"),
        pytest.param({"name": "none", "parameterNotFoundAction": "Deny"}, [(Outcome.ERROR, "")], id="none, denied"),
        pytest.param({"name": "low", "selector": {}}, [(Outcome.ERROR, "")], id="both ways at once"),
        pytest.param({"namespace": "shop"}, [(Outcome.ERROR, "")], id="neither way"),
        pytest.param(None, [(Outcome.ADMITTED, "")], id="no reference: params is null"),
    ],
)  # fmt: skip
def test_parameters(reference: dict[str, Any] | None, expected: list[tuple[Outcome, str]]) -> None:
    rule = policy(
        "params == null || object.spec.replicas <= int(params.data.limit)",
        paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
    )
    objects = [config_map("low", "1"), config_map("high", "9"), config_map("far", "9", "other")]
    review = asked(rule, binding(paramRef=reference), params=objects)
    assert [(decision.outcome, decision.param) for decision in review.decisions] == expected


def test_params_are_unknown_to_a_policy_without_param_kind() -> None:
    (decision,) = asked(policy("params == null")).decisions
    assert decision.message.startswith("compilation error: undeclared reference to 'params'")


@pytest.mark.parametrize(
    ("operation", "expression"),
    [
        (Operation.CREATE, "oldObject == null && request.operation == 'CREATE' && object.spec.replicas == 3"),
        (Operation.UPDATE, "object.spec.replicas == 3 && oldObject.spec.replicas == 1"),
        (Operation.DELETE, "object == null && oldObject.spec.replicas == 1 && request.name == 'api'"),
    ],
)
def test_what_an_operation_shows(operation: Operation, expression: str) -> None:
    rule = policy(expression, matchConstraints={"resourceRules": [{**RULE, "operations": ["*"]}]})
    old = {**DEPLOYMENT, "spec": {"replicas": 1}}
    assert outcomes(asked(rule, None, DEPLOYMENT, old=old, operation=operation)) == [(Outcome.ADMITTED, "")]


@pytest.mark.parametrize(
    "expression",
    [
        "request.kind == {'group': 'apps', 'version': 'v1', 'kind': 'Deployment'}",
        "request.resource.resource == 'deployments' && request.namespace == 'shop'",
        "!has(request.subResource) && has(request.dryRun) && !request.dryRun",
        "request.userInfo.username.startsWith('system:serviceaccount:argocd:')",
        "namespaceObject.metadata.name == 'shop'",
    ],
)
def test_the_request(expression: str) -> None:
    assert outcomes(asked(policy(expression))) == [(Outcome.ADMITTED, "")]


def test_what_asks_the_authorizer_is_not_checked() -> None:
    text = "authorizer.group('apps').resource('deployments').check('create').allowed()"
    assert [decision.outcome for decision in asked(policy(text)).decisions] == [Outcome.NOT_CHECKED]
    assert [decision.outcome for decision in asked(policy(f"{text} || true")).decisions] == [Outcome.ADMITTED]


def test_an_object_that_would_be_converted_is_not_checked() -> None:
    rule = {**RULE, "apiGroups": ["autoscaling"], "apiVersions": ["v1"], "resources": ["horizontalpodautoscalers"]}
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}
    exact = {"resourceRules": [rule], "matchPolicy": "Exact"}
    review = asked(policy("false", matchConstraints={"resourceRules": [rule]}), None, scaler)
    assert [decision.outcome for decision in review.decisions] == [Outcome.NOT_CHECKED]
    assert asked(policy("false", matchConstraints=exact), None, scaler).decisions == ()


def test_actions_decide_what_a_denial_does() -> None:
    warned = asked(policy("false"), binding(validationActions=["Warn", "Audit"]))
    assert warned.allowed
    assert warned.decisions[0].actions == (Action.WARN, Action.AUDIT)
    assert warned.warnings == (
        "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: false",
    )


def test_audit_annotations() -> None:
    annotations = [
        {"key": "replicas", "valueExpression": "'has ' + string(object.spec.replicas)"},
        {"key": "blank", "valueExpression": "' '"},
        {"key": "bad", "valueExpression": "string(object.nothing)"},
    ]
    review = asked(policy("true", auditAnnotations=annotations))
    assert review.annotations == {"p/replicas": "has 3"}
    assert [(decision.outcome, decision.denies) for decision in review.decisions] == [
        (Outcome.ADMITTED, False),
        (Outcome.ERROR, True),
    ]


def test_a_policy_without_a_binding_says_nothing() -> None:
    assert evaluate_admission([policy("false")], [], [], DEPLOYMENT).decisions == ()


def test_policies_are_not_asked_about_policies() -> None:
    everything = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    rule = policy("false", matchConstraints={"resourceRules": [everything]})
    assert asked(rule, None, rule).decisions == ()


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "Deny", "CREATE", "object.x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "spec", "key"]), inner),
    max_leaves=5,
)
FIELDS = ["matchConstraints", "validations", "variables", "paramKind", "matchConditions", "auditAnnotations", "failurePolicy", "matchResources", "paramRef", "validationActions", "policyName"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), anything), st.dictionaries(st.sampled_from(FIELDS), anything), anything)
def test_any_shape_is_survived(of_policy: dict[str, Any], of_binding: dict[str, Any], current: object) -> None:
    body = current if isinstance(current, dict) else {"spec": current}
    asked(policy("true", **of_policy), binding(**of_binding), body)
    asked({**policy(), "spec": current, "metadata": current}, {**binding(), "spec": current}, body)
