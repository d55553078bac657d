"""Admission policies over a set of manifests: denials as faults of the object, errors as faults of the policy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gitopsgen.model.finding import Fault, NotChecked, Severity
from gitopsgen.model.manifest import Body, Manifest, ManifestSet, ObjectId, text_at
from gitopsgen.policies.admission.compilation import Compiled, CompiledPolicy, compile_policy
from gitopsgen.policies.admission.decision import Action, Decision, Outcome
from gitopsgen.policies.admission.matching import CannotTellError, SelectorError, matches
from gitopsgen.policies.admission.parameters import Parameters
from gitopsgen.policies.admission.policy import (
    AdmissionBinding,
    MatchResources,
    is_binding,
    is_policy,
    read_binding,
    read_policy,
)
from gitopsgen.policies.admission.request import AdmissionRequest, Operation, make_request
from gitopsgen.policies.admission.review import review
from gitopsgen.policies.admission.wellformed import malformations
from gitopsgen.source.location import Path

MALFORMED = "policy/admission-malformed"
DOES_NOT_COMPILE = "policy/admission-expression-does-not-compile"
FAILS = "policy/admission-expression-fails"
BINDING_FAILS = "policy/admission-binding-fails"
WITHOUT_BINDING = "policy/admission-without-binding"
WITHOUT_POLICY = "policy/admission-binding-without-policy"

_SEVERITIES = {Action.DENY: Severity.ERROR, Action.WARN: Severity.WARNING, Action.AUDIT: Severity.INFO}
_EVERYTHING = MatchResources(namespace_selector={}, object_selector={}, rules=(), excluded=(), exact=True)
_MAX_RELATED = 5
_Place: TypeAlias = tuple[Manifest, str, Path, str]
"""The manifest of a policy or binding, the rule, the path and the message: what failures are counted by."""


def check_admission(
    resources: ManifestSet,
    policies: Iterable[Manifest],
    previous: Mapping[ObjectId, Body] | None = None,
    *,
    bind_unbound: bool = False,
    own_faults: bool = True,
) -> Iterator[Fault | NotChecked]:
    """Yield what ValidatingAdmissionPolicies say of ``resources``, and what is wrong with the policies.

    ``policies`` are policies, bindings and parameter objects, in any order; parameters and Namespaces may be among
    ``resources`` too. An object that is in ``previous`` is updated from there, any other is created; nothing is
    deleted. A denial is a fault under the policy's name. ``bind_unbound`` lets a policy without a binding deny;
    without ``own_faults`` what is wrong with the policies by themselves is left out, for a second set of resources.
    """
    checked = _Admission.over(tuple(policies), resources, bind_unbound=bind_unbound)
    if own_faults:
        yield from checked.policy_faults()
    failures: dict[_Place, list[Manifest]] = {}
    for manifest in resources:
        denials: dict[tuple[str, Path, str], Fault] = {}
        for decision in checked.decisions(manifest, (previous or {}).get(manifest.id)):
            match decision.outcome:
                case Outcome.DENIED:
                    fault = checked.denial(manifest, decision)
                    denials.setdefault((fault.rule, fault.path, fault.message), fault)
                case Outcome.ERROR if not _is_about_compilation(decision):
                    failures.setdefault(checked.place_of(decision), []).append(manifest)
                case Outcome.NOT_CHECKED:
                    yield NotChecked(object=str(manifest.id), reason=f"{decision.policy}: {decision.message}")
                case _:
                    pass
        yield from denials.values()
    yield from (checked.failure(place, manifests) for place, manifests in failures.items())


def policies_that_match(
    resources: ManifestSet, policies: Iterable[Manifest], *, bind_unbound: bool = False
) -> frozenset[str]:
    """Return the names of the policies that are asked about any of ``resources``: the others guard nothing there."""
    checked = _Admission.over(tuple(policies), resources, bind_unbound=bind_unbound)
    requests = [make_request(manifest.body, None, Operation.CREATE, checked.namespaces) for manifest in resources]
    return frozenset(
        binding.policy
        for binding in checked.all_bindings
        if binding.policy in checked.policies and any(checked.asks(binding, request) for request in requests)
    )


@dataclass(frozen=True, slots=True)
class _Admission:
    """Policies and bindings, compiled once for a whole set of manifests."""

    policies: Mapping[str, tuple[Manifest, CompiledPolicy]]
    bindings: Mapping[str, tuple[Manifest, AdmissionBinding]]
    synthetic: tuple[AdmissionBinding, ...]
    manifests: tuple[Manifest, ...]
    params: Parameters
    namespaces: Mapping[str, Body]

    @classmethod
    def over(cls, manifests: tuple[Manifest, ...], resources: ManifestSet, *, bind_unbound: bool) -> "_Admission":
        policies = {
            manifest.name: (manifest, compile_policy(read_policy(manifest.body)))
            for manifest in manifests
            if is_policy(manifest.body)
        }
        bindings = {
            manifest.name: (manifest, read_binding(manifest.body))
            for manifest in manifests
            if is_binding(manifest.body)
        }
        bound = {binding.policy for _, binding in bindings.values()}
        return cls(
            policies=policies,
            bindings=bindings,
            synthetic=tuple(_binding_to_all(name) for name in policies if bind_unbound and name not in bound),
            manifests=manifests,
            params=Parameters(manifest.body for manifest in (*manifests, *resources)),
            namespaces={manifest.name: manifest.body for manifest in resources.of_kind("Namespace")},
        )

    def policy_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the policies and bindings themselves."""
        for manifest in self.manifests:
            for path, message, fix in malformations(manifest.body):
                yield Fault(rule=MALFORMED, manifest=manifest, path=path, message=message, fix=fix)
        bound = {binding.policy for _, binding in self.bindings.values()} | {item.policy for item in self.synthetic}
        for name, (manifest, compiled) in self.policies.items():
            yield from (_compile_fault(manifest, item) for item in compiled.faults)
            if name not in bound:
                yield Fault(
                    rule=WITHOUT_BINDING,
                    manifest=manifest,
                    path=("metadata", "name"),
                    message=f"no binding names {name!r}, so it is never asked",
                    fix=f"add a ValidatingAdmissionPolicyBinding with policyName: {name}",
                )
        for manifest, binding in self.bindings.values():
            if binding.policy and binding.policy not in self.policies:
                yield Fault(
                    rule=WITHOUT_POLICY,
                    manifest=manifest,
                    path=("spec", "policyName"),
                    message=f"there is no policy {binding.policy!r} here",
                    fix="correct the name, or add the policy",
                )

    def decisions(self, manifest: Manifest, old: Body | None) -> tuple[Decision, ...]:
        operation = Operation.CREATE if old is None else Operation.UPDATE
        request = make_request(manifest.body, old, operation, self.namespaces)
        compiled = (compiled for _, compiled in self.policies.values())
        return review(compiled, self.all_bindings, self.params, request).decisions

    @property
    def all_bindings(self) -> list[AdmissionBinding]:
        return [*(binding for _, binding in self.bindings.values()), *self.synthetic]

    def asks(self, binding: AdmissionBinding, request: AdmissionRequest) -> bool:
        """Tell whether a binding's policy is asked about a request, or might be in a cluster."""
        _, compiled = self.policies[binding.policy]
        try:
            return matches(compiled.policy.constraints, request) and matches(binding.resources, request)
        except (CannotTellError, SelectorError):
            return True

    def denial(self, manifest: Manifest, decision: Decision) -> Fault:
        """Return the fault of an object that a policy denies, at the field that made it deny."""
        policy, _ = self.policies[decision.policy]
        severity = min((_SEVERITIES[action] for action in decision.actions), key=lambda item: item.rank, default=None)
        return Fault(
            rule=decision.policy,
            manifest=manifest,
            path=decision.field,
            message=decision.message,
            severity=severity or Severity.ERROR,
            related=((policy, decision.path),),
        )

    def place_of(self, decision: Decision) -> _Place:
        """Return where the fault of an expression, or of a binding, lies: what failures are counted by."""
        policy, _ = self.policies[decision.policy]
        if decision.path:
            return policy, FAILS, decision.path, decision.message
        binding, _ = self.bindings.get(decision.binding, (policy, None))
        message = decision.message.removeprefix("failed to configure binding: ")
        return binding, BINDING_FAILS, ("spec", "paramRef"), message

    def failure(self, place: _Place, manifests: list[Manifest]) -> Fault:
        """Return the fault of a policy or binding that cannot be evaluated, with the objects that show it."""
        manifest, rule, path, message = place
        ignored = rule == FAILS and text_at(manifest.body, "spec", "failurePolicy") == "Ignore"
        more = f" ({len(manifests)} objects)" if len(manifests) > 1 else ""
        return Fault(
            rule=rule,
            manifest=manifest,
            path=path,
            message=f"{message}{more}",
            fix="test with has() or .?field before reading a field" if rule == FAILS else "",
            severity=Severity.WARNING if ignored else None,
            related=tuple((shown, ()) for shown in manifests[:_MAX_RELATED]),
        )


def _binding_to_all(policy: str) -> AdmissionBinding:
    return AdmissionBinding(name="", policy=policy, actions=(Action.DENY,), resources=_EVERYTHING, param_ref=None)


def _is_about_compilation(decision: Decision) -> bool:
    """Tell whether an error only repeats that an expression does not compile, which is reported once for all."""
    return decision.message.startswith("compilation error:") or "fails to compile:" in decision.message


def _compile_fault(manifest: Manifest, item: Compiled) -> Fault:
    place = ""
    if item.fault and "\n" in item.text.strip():
        place = f" (line {item.fault.line}, column {item.fault.column} of the expression)"
    return Fault(
        rule=DOES_NOT_COMPILE,
        manifest=manifest,
        path=item.path,
        message=f"{item.fault}{place}",
        fix="correct the expression: as it is, failurePolicy decides in its place",
    )
