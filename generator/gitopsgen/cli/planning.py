"""``gitopsgen plan``: a release's rollout, or any Rollout's, step by step."""

import json
import shutil
import sys
from pathlib import Path

from gitopsgen.cli.console import say
from gitopsgen.cli.exit_status import CLEAN
from gitopsgen.descriptors.described import Described, unrenderable
from gitopsgen.foreign import load_manifests
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import ManifestSet
from gitopsgen.model.versions import Versions
from gitopsgen.policies.plans import plans_of
from gitopsgen.rollouts.drawing import draw_svg, draw_text
from gitopsgen.templating.engine import Engine
from gitopsgen.templating.rendering import Renderer


def plan_command(root: Path, target: str, output_format: str) -> int:
    """Print the plan of ``target``: a release, or each Rollout of a file."""
    resources, versions = _resources(root, target)
    plans = plans_of(resources, versions)
    if not plans:
        raise GitopsgenError(f"there is no Rollout in {target}", fix="plan takes ENV/APP, or a file with a Rollout")
    if output_format == "json":
        data = [plan.as_json() for plan in plans]
        say(json.dumps(data[0] if len(data) == 1 else data, indent=2))
    elif output_format == "svg":
        for plan in plans:
            say(draw_svg(plan))
    elif output_format == "html":
        from gitopsgen.reports.plan_html import plan_html  # noqa: PLC0415 - only when asked for

        say(plan_html(plans).rstrip())
    elif output_format == "text":
        width = shutil.get_terminal_size((100, 40)).columns
        for plan in plans:
            say(draw_text(plan, width))
    else:
        raise GitopsgenError(f"there is no format `{output_format}`", fix="one of: text, json, svg, html")
    return CLEAN


def _resources(root: Path, target: str) -> tuple[ManifestSet, Versions]:
    """Return the objects of a release, or of a file, and the controllers that run them."""
    if target == "-" or (root / target).is_file():
        foreign = load_manifests(root, [target], sys.stdin.read)
        return ManifestSet(foreign.manifests), Versions()
    if "/" not in target:
        raise GitopsgenError(
            f"`{target}` is neither a release nor a file", fix="write ENV/APP, such as prod/sample-api"
        )
    release = Described.load(root).release(target)
    rendering = Renderer(engine=Engine(Library(root=root).templates)).release(release)
    if error := unrenderable(target, rendering.findings):
        raise error
    return ManifestSet(rendering.manifests), release.environment.versions
