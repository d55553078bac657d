"""All policies on one request: which of them apply, under which bindings, and what they say.

Source: kubernetes v1.35, staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gitopsgen.model.manifest import Body, text_at
from gitopsgen.policies.admission.compilation import CompiledPolicy, compile_policy
from gitopsgen.policies.admission.decision import Action, Decision, Outcome, Review
from gitopsgen.policies.admission.evaluation import Evaluation, RequestBindings, Verdict
from gitopsgen.policies.admission.matching import CannotTellError, SelectorError, matches
from gitopsgen.policies.admission.parameters import ConfigurationError, Parameters
from gitopsgen.policies.admission.policy import AdmissionBinding, read_binding, read_policy
from gitopsgen.policies.admission.request import AdmissionRequest, Operation, UserInfo, make_request

_MAX_ANNOTATION_BYTES = 10 * 1024


def evaluate_admission(  # noqa: PLR0913 - the parts of a request, which callers have one by one
    policies: Iterable[Body],
    bindings: Iterable[Body],
    params: Iterable[Body],
    current: Body | None,
    old: Body | None = None,
    operation: Operation = Operation.CREATE,
    namespaces: Mapping[str, Body] | None = None,
    *,
    resource: str = "",
    user: UserInfo | None = None,
) -> Review:
    """Return what ValidatingAdmissionPolicies say when ``current`` is created, updated (from ``old``) or deleted.

    ``namespaces`` are Namespace objects by name. ``resource`` is worked out from the kind unless given. A policy
    without a binding says nothing, as in a cluster.
    """
    request = make_request(current, old, operation, namespaces or {}, resource=resource, user=user)
    compiled = [compile_policy(read_policy(body)) for body in policies]
    return review(compiled, [read_binding(body) for body in bindings], Parameters(params), request)


def review(
    policies: Iterable[CompiledPolicy],
    bindings: Iterable[AdmissionBinding],
    params: Parameters,
    request: AdmissionRequest,
) -> Review:
    """Return what compiled policies say of a request."""
    by_policy: defaultdict[str, list[AdmissionBinding]] = defaultdict(list)
    for binding in bindings:
        by_policy[binding.policy].append(binding)
    plain = RequestBindings(request)
    decisions: list[Decision] = []
    annotations: dict[str, str] = {}
    for compiled in policies:
        bound = by_policy.get(compiled.policy.name, [])
        said = _PolicyReview(compiled, request, plain, params)
        decisions += said.decisions(bound)
        annotations.update(said.annotations(bound))
    return Review(decisions=tuple(decisions), annotations=annotations)


@dataclass(frozen=True, slots=True)
class _PolicyReview:
    compiled: CompiledPolicy
    request: AdmissionRequest
    plain: RequestBindings
    params: Parameters

    def decisions(self, bindings: list[AdmissionBinding]) -> Iterator[Decision]:
        for binding in bindings:
            try:
                if not self._applies(binding):
                    continue
                evaluations = list(self._evaluations(binding))
            except CannotTellError as fault:
                yield self._whole(binding, Outcome.NOT_CHECKED, str(fault))
            except (SelectorError, ConfigurationError) as fault:
                yield self._whole(binding, Outcome.ERROR, f"failed to configure binding: {fault}")
            else:
                for param, evaluation in evaluations:
                    for verdict in evaluation.verdicts():
                        yield self._decision(binding, param, verdict)
                    for verdict in evaluation.annotation_faults():
                        # an annotation's error denies whatever the binding's actions are
                        decision = self._decision(binding, param, verdict)
                        yield replace(decision, actions=(Action.DENY,))

    def annotations(self, bindings: list[AdmissionBinding]) -> Mapping[str, str]:
        """Return the audit annotations; different values of one key are joined."""
        if not self.compiled.annotations:
            return {}
        values: dict[str, list[str]] = {}
        for binding in bindings:
            try:
                evaluations = list(self._evaluations(binding)) if self._applies(binding) else []
            except (CannotTellError, SelectorError, ConfigurationError):
                continue
            for _, evaluation in evaluations:
                for item, value in evaluation.annotations():
                    cut = value.encode()[:_MAX_ANNOTATION_BYTES].decode(errors="ignore")
                    found = values.setdefault(f"{self.compiled.policy.name}/{item.name}", [])
                    if cut not in found:
                        found.append(cut)
        return {key: ", ".join(found) for key, found in values.items()}

    def _applies(self, binding: AdmissionBinding) -> bool:
        return matches(self.compiled.policy.constraints, self.request) and matches(binding.resources, self.request)

    def _evaluations(self, binding: AdmissionBinding) -> Iterator[tuple[Body | None, Evaluation]]:
        found = self.params.collect(self.compiled.policy, binding.param_ref, self.request.namespace)
        return ((param, Evaluation(self.compiled, self.request, self.plain, param)) for param in found)

    def _decision(self, binding: AdmissionBinding, param: Body | None, verdict: Verdict) -> Decision:
        return Decision(
            policy=self.compiled.policy.name,
            binding=binding.name,
            outcome=verdict.outcome,
            denies=self._denies(verdict.outcome),
            message=verdict.message,
            reason=verdict.reason,
            validation=verdict.validation,
            path=verdict.source.path if verdict.source else (),
            field=verdict.field,
            actions=binding.actions,
            param=text_at(param, "metadata", "name"),
        )

    def _whole(self, binding: AdmissionBinding, outcome: Outcome, message: str) -> Decision:
        """Return a decision about the binding as a whole: it denies whatever the binding's actions are."""
        return Decision(
            policy=self.compiled.policy.name,
            binding=binding.name,
            outcome=outcome,
            denies=self._denies(outcome),
            message=message,
            actions=(Action.DENY,),
        )

    def _denies(self, outcome: Outcome) -> bool:
        failed = outcome is Outcome.ERROR and not self.compiled.policy.ignores_failures
        return outcome is Outcome.DENIED or failed
