#!/usr/bin/env python3
"""Write docs/ from what the tool itself reads: the declared fields, the templates' heads, the policies' files."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "generator"))

from gitopsgen.cli.explaining import render_page  # noqa: E402 - the package is read in place
from gitopsgen.descriptors import app, environment  # noqa: E402 - the same
from gitopsgen.descriptors.resolving import TIER_PROFILES  # noqa: E402 - the same
from gitopsgen.library import Library  # noqa: E402 - the same
from gitopsgen.model.manifest import Body, ManifestSet  # noqa: E402 - the same
from gitopsgen.pipeline import Selection, render  # noqa: E402 - the same
from gitopsgen.policies.catalogue import load_catalogue  # noqa: E402 - the same
from gitopsgen.policies.pages import all_structural_pages  # noqa: E402 - the same
from gitopsgen.policies.policy import Policy  # noqa: E402 - the same
from gitopsgen.rollouts.drawing import draw_svg, totals  # noqa: E402 - the same
from gitopsgen.rollouts.plan import Plan, plan_rollout  # noqa: E402 - the same
from gitopsgen.source.emitter import emit_inline  # noqa: E402 - the same
from gitopsgen.templating.filters import FILTERS  # noqa: E402 - the same
from gitopsgen.templating.library import short_name  # noqa: E402 - the same
from gitopsgen.templating.parameters import parameters_of  # noqa: E402 - the same

NOTIFICATIONS: Final = """
## Notifications

`argocd.notifications` of an Environment subscribes its Applications: service, then trigger, then recipients with semicolons
between. A channel that begins with `#` needs quotes; a webhook needs no recipient, and has `""`. A service that the ConfigMap
defines as `service.webhook.deploys` is called `deploys`.

```yaml
argocd:
  notifications:
    slack: {on-deployed: "#deployments", on-health-degraded: "#alerts; #on-call"}
    deploys: {on-deployed: ""}
  notificationConfig:
    triggers: [on-deployed, on-health-degraded]
    services: [slack, deploys]
```

What `argocd-notifications-cm` in the cluster defines is said by `notificationConfig`, or is read from the ConfigMap itself
where it is among the rendered or linted files. A trigger or service that is not there is then an error. Without either, a name
that is one slip away from what Argo CD ships is a warning, and any other passes.

A Rollout has the annotations of its App: `notifications.argoproj.io/subscribe.on-rollout-completed.slack` under
`metadata.annotations` of an App, or of its entry, is held against the events of Argo Rollouts, and against
`argo-rollouts-notification-configmap` where that is in the set.
"""


def main() -> int:
    """Write the pages; with ``--check`` write nothing and return 1 when one is out of date."""
    pages = {
        "descriptors.md": descriptors(),
        "templates.md": templates(),
        "policies.md": policies(),
        "rules.md": rules(),
        **plans(),
    }
    stale = [name for name, text in pages.items() if _read(ROOT / "docs" / name) != text]
    if "--check" in sys.argv[1:]:
        print(
            "\n".join(f"docs/{name} is out of date: run tools/build_docs.py" for name in stale) or "docs/ is up to date"
        )
        return 1 if stale else 0
    for name, text in pages.items():
        (ROOT / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / "docs" / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def descriptors() -> str:
    """Return the reference of App, Environment and Release."""
    lines = [
        "# Descriptors",
        "",
        "Made by `tools/build_docs.py` from the declared fields. A key is required after all layers are merged; each layer",
        "may leave it out, and `null` removes what a lower layer or a default says. Lists replace, unless *merge* says",
        "otherwise.",
    ]
    sections = (
        ("App", "What a service is, the same everywhere.", app.METADATA, app.SPEC),
        ("Environment", "A place to deploy to.", environment.METADATA, environment.SPEC),
        ("Release", "One App in one Environment; its spec is an App's.", environment.RELEASE_METADATA, None),
    )
    for kind, about, metadata, spec in sections:
        lines += ["", f"## {kind}", "", about, "", "| key | type | default | meaning |", "|---|---|---|---|"]
        lines += _rows("metadata", metadata)
        if spec is not None:
            lines += _rows("spec", spec)
    profiles = ", ".join(f"`{profile}` in {tier}" for tier, profile in TIER_PROFILES.items())
    lines += ["", f"When no layer says how a new version takes over, the tier does: {profiles}."]
    return "\n".join(lines) + "\n" + NOTIFICATIONS


def _rows(path: str, schema: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        key = f"{path}.{name}"
        if key == "spec.defaults":
            yield f"| `{key}` | map | | {field['description']} |"
            continue
        mark = " *(required)*" if name in required else ""
        merge = f" *(merge: {field['x-merge']})*" if "x-merge" in field else ""
        default = f"`{_cell(emit_inline(field['default']))}`" if field.get("default") not in (None, {}, []) else ""
        yield f"| `{key}` | {_type(field)} | {default} | {_cell(field.get('description', ''))}{mark}{merge} |"
        yield from _rows(key, field, depth + 1)
        items = field.get("items") or field.get("additionalProperties")
        if isinstance(items, Mapping) and key != "spec.apps":
            yield from _rows(f"{key}[]" if "items" in field else f"{key}.*", items, depth + 1)


def _type(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return " \\| ".join(f"`{word}`" for word in field["enum"])
    if field.get("x-expected"):
        return _cell(str(field["x-expected"]))
    kinds = field.get("type", "any")
    names = {"object": "map", "array": "list", "integer": "whole number", "boolean": "true or false"}
    return " or ".join(names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def templates() -> str:
    """Return the page of profiles, analyses, and what a template sees."""
    library = Library(root=ROOT).templates
    lines = ["# Templates", "", "Made by `tools/build_docs.py` from the heads of the templates."]
    for title, folder in (("Profiles", "rollouts"), ("Analyses", "analysis")):
        lines += ["", f"## {title}"]
        for template in library.in_folder(folder):
            parameters = parameters_of(template)
            head = parameters.head
            lines += ["", f"### {short_name(template.name)}", "", head.summary, ""]
            if head.description:
                lines += [" ".join(head.description.split()), ""]
            lines += ["| parameter | type | default | meaning |", "|---|---|---|---|"]
            for name, field in head.parameters.items():
                default = f"`{_cell(emit_inline(field['default']))}`" if field.get("default") is not None else ""
                declared = parameters.schema["properties"][name]
                lines.append(
                    f"| `{name}` | {_type(declared)} | {default} | {_cell(str(field.get('description', '')))} |"
                )
    filters = ", ".join(f"`{name}`" for name in FILTERS)
    lines += [
        "",
        "## Writing your own",
        "",
        "A file in your repository's `templates/` takes the place of the built-in one of the same path, and a new one adds to",
        "it. Templates are Jinja2 in a sandbox, with `trim_blocks` and `lstrip_blocks`; a name that nothing sets is an error.",
        "They see `app`, `environment`, `release`, `rollout`, `analysis`, `names`, `labels`, `selector_labels` and",
        f"`gitopsgen.version`; profiles and analyses see their `params` too. Filters: {filters}.",
        "What a template yields is parsed, checked and written in canonical form: pass every value through `| yaml`.",
        "",
        "A profile yields one map, `canary` or `blueGreen`, with two short forms: `pause: manual`, and `analysis: [NAME]`",
        "wherever Argo Rollouts has templates. An analysis yields the spec of an AnalysisTemplate; it is rendered once for",
        "steps and, where it runs beside them, once more with `background` true, and must then leave `count` out.",
    ]
    return "\n".join(lines) + "\n"


def plans() -> dict[str, str]:
    """Return a page with what each profile does with the App that `gitopsgen init` makes, and the pictures of it."""
    lines = [
        "# What the profiles do",
        "",
        "Made by `tools/build_docs.py` with `gitopsgen plan`: the App of a new repository in production with six pods and",
        "each profile as it is without parameters. `gitopsgen plan ENV/APP` shows the same of a release of yours, and",
        "`--format svg` or `html` draws it. Dashed lines wait for a person, shaded steps for a time, dots for an analysis.",
    ]
    pages: dict[str, str] = {}
    library = Library(root=ROOT).templates
    for profile in library.choices("rollouts"):
        plan = _plan(profile)
        template = library.find("rollouts", profile)
        about = parameters_of(template).head.description if template else ""
        pages[f"plans/{profile}.svg"] = draw_svg(plan)
        lines += ["", f"## {profile}", "", about, "", f"![What {profile} does, step by step](plans/{profile}.svg)", ""]
        lines += [f"- {name}: {text}" for name, text in totals(plan)]
    return {"plans.md": "\n".join(lines) + "\n", **pages}


def _plan(profile: str) -> Plan:
    """Return the plan of the scaffold's App in production with a profile."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(ROOT / "generator" / "gitopsgen" / "scaffold" / "environments", root / "environments")
        prod = root / "environments" / "prod.yaml"
        written = prod.read_text("utf-8").replace("conservative-canary", profile).replace("replicas: 4", "replicas: 6")
        prod.write_text(written, "utf-8")
        rendered = render(root, Library(root=root), Selection(environments=("prod",)))
    resources = ManifestSet(rendered.manifests)
    (rollout,) = resources.of_kind("Rollout", "argoproj.io")

    def template(name: str, _: bool) -> Body | None:  # noqa: FBT001 - as analyses name templates
        found = resources.get("AnalysisTemplate", name, rollout.namespace, "argoproj.io")
        return found.body if found else None

    return plan_rollout(rollout.body, templates=template)


def policies() -> str:
    """Return the page of all policies."""
    catalogue, findings = load_catalogue(ROOT / "policies", None)
    if findings:
        sys.exit("\n".join(f"{finding.location}: {finding.message}" for finding in findings))
    lines = [
        "# Policies",
        "",
        "Made by `tools/build_docs.py` from `policies/`. `gitopsgen policy new NAME` scaffolds one; `gitopsgen policy test` runs",
        "every example. An expression that cannot be evaluated is a fault of the policy, and fails the run.",
        "",
        "| policy | severity | what is wrong |",
        "|---|---|---|",
    ]
    lines += [
        f"| [`{policy.id}`](#{policy.id}) | {policy.worst} | {_cell(policy.summary)} |"
        for policy in catalogue.policies.values()
    ]
    for policy in catalogue.policies.values():
        lines += ["", f"## {policy.id}", "", "```text", render_page(policy, catalogue.settings), "```"]
    return "\n".join(lines) + "\n"


def rules() -> str:
    """Return the page of all rules that are written in Python."""
    lines = [
        "# Rules",
        "",
        "Made by `tools/build_docs.py` from the rules' pages. These rules need no policy file: they are what the tools and",
        "controllers themselves refuse, or do otherwise than it looks. `gitopsgen explain RULE` prints a rule's page, with",
        "the reason, the source, and manifests that fail and pass. A severity is changed, or a rule switched off, as a",
        "policy's is.",
    ]
    families: dict[str, list[Policy]] = {}
    for page in all_structural_pages().values():
        families.setdefault(page.id.partition("/")[0], []).append(page)
    for family, pages in families.items():
        lines += ["", f"## {family}", "", "| rule | severity | what is wrong |", "|---|---|---|"]
        lines += [f"| `{page.id}` | {page.worst} | {_cell(page.summary)} |" for page in pages]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
