"""A gate or a hold together with what waits for a healthy Rollout: the sync stays running until it is passed.

A paused Rollout is Suspended, and a sync goes on to its next wave or phase only when all is Healthy. While it waits, no
newer commit is applied, a revert included. Source: gitops-engine, pkg/sync/sync_context.go; argo-cd issue 25054.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gitopsgen.model.finding import Fault, Severity
from gitopsgen.model.manifest import Manifest, dig, list_at, map_at
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_cd.object_annotations import HELM_HOOK, HOOK, WAVE, annotations_of, phases_of, wave_of
from gitopsgen.validation.argo_cd.spec import GROUP, PRODUCTION, ApplicationSpec
from gitopsgen.validation.argo_cd.sync_options import ANNOTATION, object_options

_CANARY: Final[Path] = ("spec", "strategy", "canary")
_BLUE_GREEN: Final[Path] = ("spec", "strategy", "blueGreen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Where a Rollout waits; ``for_a_person`` when nothing else ends it."""

    path: Path
    for_a_person: bool


def longest_pause(rollout: Manifest) -> Pause | None:
    """Return the first gate of a Rollout, else its first hold; ``None`` when it never waits."""
    hold: Pause | None = None
    for index, step in enumerate(list_at(rollout.body, *_CANARY, "steps")):
        if not isinstance(step, Mapping) or "pause" not in step:
            continue
        path = (*_CANARY, "steps", index, "pause")
        if dig(step, "pause", "duration") is None:
            return Pause(path=path, for_a_person=True)
        hold = hold or Pause(path=path, for_a_person=False)
    blue_green = map_at(rollout.body, *_BLUE_GREEN)
    if blue_green.get("autoPromotionEnabled") is False and not blue_green.get("autoPromotionSeconds"):
        return Pause(path=(*_BLUE_GREEN, "autoPromotionEnabled"), for_a_person=True)
    if blue_green.get("autoPromotionSeconds"):
        return Pause(path=(*_BLUE_GREEN, "autoPromotionSeconds"), for_a_person=False)
    return hold


def check_gates(application: ApplicationSpec | None, deployed: tuple[Manifest, ...]) -> Iterator[Fault]:
    """Yield what would keep the sync of an Application running while one of its Rollouts waits.

    ``None`` stands for the Application of a file that comes without it: waves and hooks tell that there is one.
    """
    rollouts = [manifest for manifest in deployed if manifest.kind == "Rollout" and manifest.group == GROUP]
    pauses = [(rollout, pause) for rollout in rollouts if (pause := longest_pause(rollout)) is not None]
    for rollout, pause in pauses:
        yield from _check_later_wave(application, rollout, pause, deployed)
    if pauses:
        rollout, pause = next(((rollout, pause) for rollout, pause in pauses if pause.for_a_person), pauses[0])
        yield from _check_hooks(application, rollout, pause, deployed)
        yield from _check_prune_last(application, rollout, pause, deployed)


def _check_later_wave(
    application: ApplicationSpec | None, rollout: Manifest, pause: Pause, deployed: Iterable[Manifest]
) -> Iterator[Fault]:
    wave = wave_of(annotations_of(rollout.body))
    for manifest in deployed:
        annotations = annotations_of(manifest.body)
        later = wave_of(annotations)
        if later <= wave or HOOK in annotations or HELM_HOOK in annotations:
            continue
        # With ApplyOutOfSyncOnly an object that has not changed is no part of the sync, and nothing waits for it.
        milder = application is not None and "ApplyOutOfSyncOnly=true" in application.options
        at = manifest if later else rollout
        yield _fault(
            "gate-blocks-later-wave",
            at,
            ("metadata", "annotations", WAVE),
            f"{manifest.kind} `{manifest.name}` of wave {later} waits for the Rollout `{rollout.name}` of wave {wave}",
            f'put the Rollout into the last wave: `{WAVE}: "{later}"`',
            severity=Severity.WARNING if milder else _severity(application, rollout, pause),
            pause=pause,
            rollout=rollout,
        )
        return


def _check_hooks(
    application: ApplicationSpec | None, rollout: Manifest, pause: Pause, deployed: Iterable[Manifest]
) -> Iterator[Fault]:
    for manifest in deployed:
        annotations = annotations_of(manifest.body)
        if (HOOK in annotations or HELM_HOOK in annotations) and "PostSync" in phases_of(annotations):
            yield _fault(
                "gate-blocks-post-sync",
                manifest,
                ("metadata", "annotations", HOOK if HOOK in annotations else HELM_HOOK),
                f"the PostSync hook `{manifest.name}` waits for the Rollout `{rollout.name}`",
                "make an analysis of the Rollout out of it, or a hook of another phase",
                severity=_severity(application, rollout, pause),
                pause=pause,
                rollout=rollout,
            )


def _check_prune_last(
    application: ApplicationSpec | None, rollout: Manifest, pause: Pause, deployed: Iterable[Manifest]
) -> Iterator[Fault]:
    places: list[tuple[Manifest, Path]] = []
    if application is not None and "PruneLast=true" in application.options:
        places.append((application.manifest, application.option_path("PruneLast=true")))
    places += [
        (manifest, ("metadata", "annotations", ANNOTATION))
        for manifest in deployed
        if "PruneLast=true" in object_options(manifest)
    ]
    for manifest, path in places:
        yield _fault(
            "gate-blocks-prune-last",
            manifest,
            path,
            f"when something is to be pruned, PruneLast waits for the Rollout `{rollout.name}`",
            "take out `PruneLast=true`",
            severity=_severity(application, rollout, pause),
            pause=pause,
            rollout=rollout,
        )


def _severity(application: ApplicationSpec | None, rollout: Manifest, pause: Pause) -> Severity:
    if application is None:
        return Severity.WARNING
    return Severity.ERROR if pause.for_a_person or rollout.tier == PRODUCTION else Severity.WARNING


def _fault(
    rule: str,
    manifest: Manifest,
    path: Path,
    message: str,
    fix: str,
    *,
    severity: Severity,
    pause: Pause,
    rollout: Manifest,
) -> Fault:
    wait = "until a person promotes" if pause.for_a_person else "for as long as it holds"
    return Fault(
        rule=f"argo-cd/{rule}",
        manifest=manifest,
        path=path,
        message=f"{message}, {wait}: the sync stays running, and newer commits and reverts wait with it",
        fix=fix,
        severity=severity,
        related=((rollout, pause.path),),
    )
