"""``gitopsgen explain``: the page of a policy or rule."""

import textwrap
from pathlib import Path

from gitopsgen.cli.console import say
from gitopsgen.cli.main import CLEAN
from gitopsgen.library import Library
from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.suggest import nearest
from gitopsgen.policies.catalogue import load_catalogue, parameters
from gitopsgen.policies.policy import Policy
from gitopsgen.policies.settings import Settings

_WIDTH = 100


def explain_command(root: Path, target: str) -> int:
    """Print the page of the rule that ``target`` names.

    Raises:
        GitopsgenError: there is no such rule.
    """
    catalogue, _ = load_catalogue(*Library(root=root).policies)
    page = catalogue.page(target)
    if page is None:
        match = nearest(target, catalogue.all)
        raise GitopsgenError(
            f"there is no policy or rule `{target}`",
            fix=f"did you mean `{match}`?" if match else "`gitopsgen policy list` prints them all",
        )
    say(render_page(page, catalogue.settings))
    return CLEAN


def render_page(page: Policy, settings: Settings) -> str:
    """Return the page of a rule as text: what it says, why, what to type, and its examples."""
    severity = ", ".join(f"{word} in {tier}" if tier != "default" else word for tier, word in page.severity.items())
    parts = [f"{page.id} ({severity})", _wrapped(page.summary)]
    if page.why:
        parts.append(_wrapped(page.why))
    if page.fix:
        parts.append(_wrapped(f"Fix: {page.fix}"))
    values = parameters(page, settings)
    for name, schema in page.params.items():
        about = str(schema.get("description", "")).strip()
        parts.append(_wrapped(f"Parameter {name}: {values[name]!r}. {about}".rstrip()))
    for word in ("fail", "pass"):
        texts = [str(example[word]) for example in page.examples if word in example]
        if texts:
            parts.append(f"{'Reported' if word == 'fail' else 'Fine'}:\n\n{textwrap.indent(texts[0].rstrip(), '    ')}")
    if page.source:
        numbers = f" ({', '.join(page.numbers)})" if page.numbers else ""
        parts.append(f"Source: {page.source}{numbers}")
    if not page.waivable:
        parts.append("No waiver applies.")
    return "\n\n".join(parts)


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH)
