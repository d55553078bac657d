"""The page: whole, bound to nothing outside, and with nothing live in it, whatever the files say."""

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from gitopsgen.delivery.status import ReleaseStatus, Status
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.model.report import Report
from gitopsgen.reports.page import render_page
from gitopsgen.reports.page.overview import Overview
from gitopsgen.rollouts.plan import Plan, plan_rollout
from gitopsgen.tree.state import State
from tests.reports.findings import FULL, GATE, NOTE, STYLE, TAG, reports, texts

OURS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "p",
        "nav",
        "ul",
        "li",
        "span",
        "main",
        "section",
        "h2",
        "div",
        "table",
        "thead",
        "tr",
        "th",
        "tbody",
        "td",
        "article",
        "h3",
        "figure",
        "svg",
        "line",
        "polygon",
        "polyline",
        "g",
        "text",
        "rect",
        "circle",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "fieldset",
        "legend",
        "label",
        "input",
        "strong",
        "code",
        "pre",
        "mark",
        "time",
        "footer",
    ]
)
SHOWN = ("versions", "findings", "rollouts", "waived", "not-checked")


class Page(HTMLParser):
    """Elements, ids and references of a page; elements that are not closed in order are a fault."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        self.references += [values[name] for name in ("href", "src") if name in values]
        self.references += [f"#{values['aria-labelledby']}"] if "aria-labelledby" in values else []
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def plan(name: str, weight: int = 20) -> Plan:
    steps = [
        {"setWeight": weight},
        {"pause": {}},
        {"analysis": {"templates": [{"templateName": f"{name}-success-rate"}]}},
    ]
    return plan_rollout(
        {
            "kind": "Rollout",
            "metadata": {"name": name},
            "spec": {"replicas": 4, "strategy": {"canary": {"steps": steps}}},
        }
    )


def overview(report: Report, hostile: str = "x") -> Overview:
    version = ImageVersion(tag=hostile)
    status = Status(
        environments=("dev", "prod"),
        apps=("api", "web"),
        releases={
            "dev/api": ReleaseStatus(version=version, drift={State.STALE: 2}, uncommitted=1),
            "prod/api": ReleaseStatus(version=version, ahead="dev", drift={}),
            "prod/web": ReleaseStatus(version=version, drift={}),
        },
        drift={"prod": {State.FOREIGN: 1}},
    )
    plans = {"dev/api": (plan(hostile or "x"),), "prod/api": (plan(hostile or "x"),), "prod/web": (plan("web", 50),)}
    return Overview(
        revision=hostile,
        status=status,
        tiers={"dev": "development", "prod": "production"},
        plans=plans,
        report=report,
        review=None,
        style=STYLE,
    )


@given(found=reports, hostile=texts)
def test_the_page_is_whole_and_nothing_in_it_is_live(found: Report, hostile: str) -> None:
    text = render_page(overview(found, hostile))
    page = Page(text)
    assert not page.open
    assert page.elements.keys() <= OURS
    assert not [name for name in page.attributes if name.startswith("on") or name in ("style", "src")]
    assert [one for one, count in Counter(page.ids).items() if count > 1] == []
    for reference in page.references:
        assert reference[1:] in page.ids if reference.startswith("#") else reference == "https://example.com/canary/"
    assert text.encode()
    assert render_page(overview(found, hostile)) == text


def test_the_page_tells_all_parts() -> None:
    page = Page(render_page(overview(FULL)))
    assert set(SHOWN) <= set(page.ids)
    for said in (
        "1 error, 1 warning, 1 note; 1 waived; 1 object not checked",
        "! 2 files stale",
        "↓ newer than in dev",
        "reaches 50 % of traffic before the first manual gate",
        "Production takes traffic that no person released.",
        "Fix: add a step - pause: {}",
        "rendered/prod/api/manifests/rollout-api.yaml:5:5",
        "measured",
        "team-a",
        "2027-01-31",
        "1 object: no schema is known of it",
        "dev/api, prod/api",
    ):
        assert said in re.sub(r"\s+", " ", page.text), said
    assert page.elements["svg"] == 2  # one for the two releases that roll out alike
    assert page.elements["mark"] == 2
    assert "<mark>with</mark>" in render_page(overview(FULL))


def test_a_clean_repository_says_so() -> None:
    page = Page(render_page(overview(Report())))
    for said in ("no findings", "Nothing is found.", "Nothing is waived.", "Everything was checked."):
        assert said in page.text


def test_a_browser_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if not browser:
        pytest.skip("no Chromium is installed")
    file = tmp_path / "page.html"
    hostile = "</style></title></svg><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    file.write_text(render_page(overview(FULL, hostile)), "utf-8")
    options = "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    command = [browser, *options.split(), f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri()]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    page = Page(result.stdout)
    assert "<title>gitopsgen: 1 error" in result.stdout
    assert page.elements.keys() <= OURS | {"tbody"}
    assert "Refused" not in result.stderr


def test_many_findings_are_counted() -> None:
    many = Report(findings=(*(replace(NOTE, message=f"note {number}") for number in range(1200)), GATE, TAG))
    page = Page(render_page(overview(many)))
    assert len(re.findall(r"note \d+", page.text.split("What is deployed")[1])) == 998
    assert "And 202 notes more" in page.text
    assert GATE.policy in page.text


def test_what_is_said_of_one_line_of_many_releases_is_told_once() -> None:
    gates = [replace(GATE, release=f"prod/app-{number}") for number in range(8)]
    page = Page(render_page(overview(Report(findings=tuple(gates)))))
    assert page.text.count("reaches 50 %") == 1
    assert "prod/app-0, prod/app-1, prod/app-2, prod/app-3, prod/app-4 and 3 more" in page.text
    assert "and 7 more alike" in page.text


def test_rollouts_that_differ_in_their_names_alone_are_drawn_once() -> None:
    found = overview(Report())
    plans = {"dev/api": (plan("api"),), "prod/api": (plan("other"),), "prod/web": (plan("web", 21),)}
    page = Page(render_page(replace(found, plans=plans)))
    assert page.elements["svg"] == 2
    assert "dev/api, prod/api" in page.text
