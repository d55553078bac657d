"""ValidatingAdmissionPolicies, evaluated on manifests as the API server would on requests."""

from gitopsgen.policies.admission.check import check_admission, policies_that_match
from gitopsgen.policies.admission.decision import Action, Decision, Outcome, Review
from gitopsgen.policies.admission.request import AdmissionRequest, Operation, UserInfo
from gitopsgen.policies.admission.review import evaluate_admission

__all__ = [
    "Action",
    "AdmissionRequest",
    "Decision",
    "Operation",
    "Outcome",
    "Review",
    "UserInfo",
    "check_admission",
    "evaluate_admission",
    "policies_that_match",
]
