"""One page of HTML that needs nothing else: versions, rollouts, changes, findings and waivers of a repository."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from gitopsgen import __version__
from gitopsgen.reports.page.overview import Overview
from gitopsgen.reports.page.view import View
from gitopsgen.reports.plain import printable, well_formed

_TEMPLATE: Final = "page.html.j2"
_CODE: Final = re.compile("`([^`]+)`")


def render_page(overview: Overview) -> str:
    """Return the page. Whatever a file says, it is shown and never obeyed; nothing is loaded, and no script runs."""
    template = _environment().get_template(_TEMPLATE)
    return well_formed(template.render(view=View(overview), style=_style(), version=__version__))


@cache
def _environment() -> Environment:
    """Return the environment, in which all is escaped that is not marked as HTML."""
    text = files(__name__).joinpath(_TEMPLATE).read_text("utf-8")
    environment = Environment(
        loader=DictLoader({_TEMPLATE: text}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"printable": printable, "prose": _prose}
    return environment


def _prose(text: str) -> Markup:
    """Return ``text`` with what stands in backticks as code."""
    parts = _CODE.split(printable(" ".join(text.split("\n"))))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts)
    )


@cache
def _style() -> Markup:
    return Markup(files(__name__).joinpath("style.css").read_text("utf-8"))  # noqa: S704 - our own file
