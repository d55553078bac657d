"""Pages: well formed, whole, and without a meaning in the text of others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import given, settings

from gitopsgen.delivery.status import Awaiting, ReleaseStatus, Status
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.git.log import Commit
from gitopsgen.model.report import Report
from gitopsgen.reports.overview import Overview, overview_html
from gitopsgen.reports.plan_html import plan_html
from gitopsgen.rollouts.plan import plan_rollout
from gitopsgen.tree.state import State
from tests.reports.findings import FULL, STYLE, reports, texts
from tests.reports.pages import Page

NOW: Final = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
COMMIT: Final = Commit(id="0123456789abcdef", author="Ann", email="", date=NOW, subject="feat: x", trailers=())


def body(name: str, weight: int = 5, **analysis: str) -> dict[str, Any]:
    steps: list[Any] = [{"setWeight": weight}, {"pause": {}}, {"pause": {"duration": "10m"}}]
    if analysis:
        steps.append({"analysis": {"templates": [{"templateName": analysis["template"]}]}})
    return {
        "metadata": {"namespace": "shop", "name": name},
        "spec": {"replicas": 6, "strategy": {"canary": {"steps": steps}}},
    }


def release(version: str, **more: Any) -> ReleaseStatus:  # noqa: ANN401 - any of its fields
    return ReleaseStatus(version=ImageVersion(tag=version), **{"drift": {}, **more})


STATUS: Final = Status(
    environments=("dev", "prod"),
    apps=("api", "worker"),
    releases={
        "dev/api": release("v2"),
        "dev/worker": release("v1", drift={State.EDITED: 2}),
        "prod/api": release(
            "v1",
            awaiting=Awaiting(
                version=ImageVersion(tag="v2"), source="dev", since=NOW - timedelta(hours=30), soaked=NOW
            ),
        ),
    },
    drift={},
)
OVERVIEW: Final = Overview(
    name="shop",
    now=NOW,
    commit=COMMIT,
    uncommitted=1,
    status=STATUS,
    report=FULL,
    plans={
        "dev/api": (plan_rollout(body("api", template="api-success-rate")),),
        "dev/worker": (plan_rollout(body("worker", template="worker-success-rate")),),
        "prod/api": (plan_rollout(body("api", 20)),),
    },
    review=None,
    uncompared="nothing to compare with: git has no commit here",
)
TAGS: Final = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "section",
        "h1",
        "h2",
        "h3",
        "p",
        "div",
        "span",
        "ul",
        "li",
        "a",
        "code",
        "pre",
        "strong",
        "details",
        "summary",
        "figure",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "svg",
        "text",
        "line",
        "g",
        "rect",
        "circle",
        "polygon",
        "polyline",
    ]
)


def test_a_plan_is_shown_by_picture_totals_and_steps() -> None:
    page = plan_html([plan_rollout(body("api")), plan_rollout(body("<b>"))])
    read = Page(page)
    assert read.tags.count("svg") == 2
    assert "<h1>shop/&lt;b&gt;</h1>" in page
    assert "<dt>waits</dt><dd>1 gate, 1 hold (10m in all)</dd>" in page
    assert '<th scope="row">0</th><td>setWeight 5</td><td>5 %</td><td>1</td><td>6</td>' in page


def test_an_overview() -> None:
    page = overview_html(OVERVIEW, STYLE)
    read = Page(page)
    assert (
        "0123456789 feat: x (Ann, 2026-03-04), with 1 file not committed; 2026-03-04 05:06 UTC, gitopsgen" in read.text
    )
    for said in ("1 await", "3 releases", "the tree is out of date", "not compared"):
        assert said in read.text
    assert '<td><a href="#rollout-2">v2</a></td>' in page
    assert '<td><a href="#rollout-2">v1</a> !</td><td><span class="dim">-</span></td>' in page
    assert '<td><a href="#rollout-1">v1</a> ↑ <a class="error" href="#prod/api">1 error</a></td>' in page
    assert "prod/api: v1 → v2, in dev for 1d 6h" in read.text
    assert "Production takes traffic that no person released." in read.text
    assert (
        '    3 |   rollout: {profile: "quick", with: {gates: []}}\n      |                               ^' in read.text
    )


def test_rollouts_that_do_the_same_are_drawn_once() -> None:
    read = Page(overview_html(OVERVIEW, STYLE))
    assert read.tags.count("svg") == 2
    assert "dev/api and 1 other" in read.text
    assert "dev/api, dev/worker" in read.text


@settings(max_examples=100)
@given(report=reports, name=texts)
def test_the_text_of_others_means_nothing(report: Report, name: str) -> None:
    hostile = replace(OVERVIEW, name=name, commit=replace(COMMIT, subject=name, author=name), report=report)
    text = overview_html(hostile, STYLE)
    assert set(Page(text).tags) <= TAGS
    assert all(one.isprintable() or one == "\n" for one in text)
    text.encode("utf-8")
