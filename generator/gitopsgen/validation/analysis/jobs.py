"""Metrics that a Job measures by ending well or not.

Source: argo-rollouts v1.9.2, metricproviders/job/job.go.
"""

import re
from collections.abc import Iterator
from typing import Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import dig, map_at, text_at
from gitopsgen.source.location import Path
from gitopsgen.validation.analysis.placeholders import Unresolved
from gitopsgen.validation.analysis.runs import Metric
from gitopsgen.validation.argo_rollouts.pods import check_parts
from gitopsgen.validation.argo_rollouts.pods.template import Pod
from gitopsgen.validation.argo_rollouts.rollout import PodTemplate

_SPEC: Final[Path] = ("provider", "job", "spec")
_POD: Final[Path] = (*_SPEC, "template", "spec")
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)
_BROKEN: Final = re.compile(r"\.[-.]|-\.")
_POLICIES: Final = ("Never", "OnFailure")
_ROOM: Final = 24
"""What is left of 63 characters beside the UID of the run, two dots and the number of the first measurements."""


def check_job(metric: Metric) -> Iterator[Fault]:
    """Yield Jobs that the API server would refuse, and what the controller does not look at."""
    yield from _check_name(metric)
    yield from _check_pods(metric)
    policy = dig(metric.body, *_POD, "restartPolicy")
    if isinstance(dig(metric.body, *_POD), dict) and policy not in _POLICIES and "{{" not in str(policy):
        yield metric.fault(
            "job-restart-policy",
            (*_POD, "restartPolicy"),
            f"the pod of a Job cannot have the restartPolicy {policy}" if policy else "the pod is to restart Always",
            "write `restartPolicy: Never`",
        )
    for key in ("successCondition", "failureCondition"):
        if text_at(metric.body, key):
            yield metric.fault(
                "job-condition-ignored",
                (key,),
                "a Job has no result: it is a success when it completes, whatever the condition says",
                "delete it, and let the Job fail",
            )
    if dig(metric.body, *_SPEC, "backoffLimit") is None:
        yield metric.fault(
            "job-tried-again",
            (*_SPEC, "backoffLimit"),
            "a Job that fails is tried six times more, each time later, before the metric fails",
            "write `backoffLimit: 0`",
        )


def _check_pods(metric: Metric) -> Iterator[Fault]:
    """Yield what Kubernetes would refuse in the pods; text with an argument that is not known may be anything."""
    path: Path = (*_SPEC, "template")
    body = map_at(metric.body, *path)
    template = PodTemplate(manifest=metric.manifest, path=path, body=body)
    pod = Pod(owner=metric.manifest, template=template, spec=map_at(body, "spec"), is_after_1_9=False)
    for fault in check_parts(pod) if pod.spec else ():
        if not isinstance(dig(metric.body, *fault.path), Unresolved):
            yield metric.fault(fault.rule.partition("/")[2], fault.path, fault.message, fault.fix)


def _check_name(metric: Metric) -> Iterator[Fault]:
    name = text_at(metric.body, "name")
    if "{{" in name or not name:
        return
    written = name[:_ROOM]
    if not _NAME.fullmatch(written + "0") or _BROKEN.search(f".{written}."):
        cut = f", cut to {written} for the name of the Job," if len(name) > _ROOM else ""
        yield metric.fault(
            "job-name-invalid",
            ("name",),
            f"`{name}`{cut} becomes part of the Job's name, and no object has such a name",
            "use lower-case letters, digits and dashes, with a letter or a digit at both ends",
        )
