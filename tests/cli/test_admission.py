"""A ValidatingAdmissionPolicy among the policies speaks as it would in the cluster, at the descriptor's line."""

from pathlib import Path

from tests.cli.conftest import Run

POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [argoproj.io], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [rollouts]}
  validations:
  - expression: object.spec.replicas <= 3
    message: at most three replicas
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few-replicas}
spec: {policyName: few-replicas, validationActions: [Deny]}
"""


def test_a_denial_is_a_finding_at_the_descriptor(scaffold: Path, run: Run) -> None:
    (scaffold / "policies").mkdir()
    (scaffold / "policies/admission.yaml").write_text(POLICY)
    result = run("lint", "-C", str(scaffold))
    assert result.status == 1
    assert "environments/prod.yaml:12:7: error[few-replicas] prod/hello: at most three replicas" in result.stdout


def test_a_policy_that_does_not_compile_is_a_finding_at_its_own_line(scaffold: Path, run: Run) -> None:
    (scaffold / "policies").mkdir()
    (scaffold / "policies/admission.yaml").write_text(POLICY.replace("replicas <= 3", "replicas <="))
    result = run("lint", "-C", str(scaffold))
    assert result.status == 1
    assert "policies/admission.yaml:9:5: error[policy/admission-expression-does-not-compile]" in result.stdout
