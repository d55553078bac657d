"""The plans of the Rollouts of a set: sized by what scales them, timed by the AnalysisTemplates beside them."""

from typing import Final

from gitopsgen.model.manifest import Body, ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.relations import Relations
from gitopsgen.rollouts.plan import Plan, TemplateLookup, plan_rollout

_ARGO: Final = "argoproj.io"


def plans_of(resources: ManifestSet, versions: Versions | None = None) -> list[Plan]:
    """Return the plan of each Rollout of a set, in its order; ``versions`` are those of the controllers that run it."""
    relations = Relations(resources)
    return [
        plan_rollout(
            rollout.body,
            templates=templates_among(relations, rollout.namespace),
            replicas=relations.fewest_pods(rollout) if relations.autoscalers(rollout) else None,
            versions=versions,
        )
        for rollout in resources.of_kind("Rollout", _ARGO)
    ]


def templates_among(relations: Relations, namespace: str) -> TemplateLookup:
    """Return what finds the AnalysisTemplates that a Rollout in ``namespace`` names."""

    def template(name: str, cluster_scope: bool) -> Body | None:  # noqa: FBT001 - as analyses name templates
        kind = "ClusterAnalysisTemplate" if cluster_scope else "AnalysisTemplate"
        found = relations.find(_ARGO, kind, name, "" if cluster_scope else namespace)
        return found.body if found else None

    return template
