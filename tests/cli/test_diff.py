"""``diff``: what a change does to the rendered objects, in every format, and against which base."""

import html
import json
import re
import xml.dom.minidom
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitopsgen.delivery.review.model import Group, Level, Line, ReleaseChange, Review
from gitopsgen.reports.delivery_schemas import OUTPUT_DIFF
from gitopsgen.reports.review_markdown import LIMIT, review_markdown
from tests.cli.conftest import Run
from tests.delivery.repositories import Repository, start

TEXT = """\
high   prod/hello
       manual gates 2 → 1  [gate-removed]
       rollout steps changed
       takes at least 25m → 35m
       was: 5 % → success-rate → gate → 25 % → hold 10m → success-rate → 50 % → success-rate → gate → 100 %
       now: 5 % → success-rate → gate → 25 % → hold 10m → success-rate → 50 % → hold 10m → success-rate → 100 %
low    2 releases
       image v1.0.0 → v1.1.0
       in prod/hello, staging/hello
2 of 2 releases change, 1 high; against {}
"""
DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: hello}
spec:
  image: {repository: ghcr.io/x/hello, tag: v1.0.0}
  health: {live: /live, ready: /ready}
  metrics: {path: /metrics}
  ingress: {host: hello.local}
  ports: {http: 8000}
  slo: {availability: 99.5}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: staging}
spec:
  tier: staging
  namespace: staging
  argocd: {repoURL: https://x/y}
  monitoring: {prometheus: http://prometheus:9090}
  apps: {hello: {rollout: {profile: rolling}}}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: prod}
spec:
  tier: production
  namespace: prod
  argocd: {repoURL: https://x/y}
  monitoring: {prometheus: http://prometheus:9090}
  apps:
    hello:
      rollout:
        profile: conservative-canary
        with: {weights: [5, 25, 50], gates: [5, 50], hold: 10m, analysis: [success-rate]}
"""


@pytest.fixture
def changed(tmp_path: Path, run: Run) -> Repository:
    """A repository whose work tree has another version and a gate less than the last commit."""
    repository = start(tmp_path / "repository")
    repository.write("environments/all.yaml", DESCRIPTORS)
    result = run("render", "-C", str(repository.root))
    assert result.status == 0, result.output
    repository.commit("feat: start")
    repository.write(
        "environments/all.yaml", DESCRIPTORS.replace("v1.0.0", "v1.1.0").replace("gates: [5, 50]", "gates: [5]")
    )
    return repository


def base(repository: Repository) -> str:
    return repository.git("rev-parse", "HEAD")[:10]


def test_what_would_be_rendered_is_compared_with_the_last_commit(changed: Repository, run: Run) -> None:
    result = run("diff", "-C", str(changed.root))
    assert (result.status, result.stdout, result.stderr) == (0, TEXT.format(base(changed)), "")


def test_a_branch_is_compared_with_where_it_left_main(changed: Repository, run: Run) -> None:
    commit = base(changed)
    changed.git("checkout", "--quiet", "-b", "change")
    waivers = "{policy: gate-removed, releases: [prod/hello], reason: r, owner: o, expires: '2999-01-01'}"
    changed.write(
        "policies/waivers.yaml", f"apiVersion: gitopsgen.io/v1\nkind: Waivers\nspec: {{waivers: [{waivers}]}}\n"
    )
    result = run("render", "-C", str(changed.root))
    assert result.status == 0, result.output
    changed.commit("feat: change")
    assert run("diff", "-C", str(changed.root)).stdout == TEXT.format(commit)
    assert run("diff", "-C", str(changed.root), "--base", "HEAD").stdout == f"nothing changes against {base(changed)}\n"
    two = run("diff", "-C", str(changed.root), "--base", "main", "--head", "HEAD")
    assert two.stdout == TEXT.format(commit)
    back = run("diff", "-C", str(changed.root), "--base", "change", "--head", "main").stdout
    assert "image v1.1.0 → v1.0.0 (goes back)  [image-downgraded]" in back


def test_a_tree_that_is_known_to_be_current_is_not_rendered(changed: Repository, run: Run) -> None:
    changed.write("environments/all.yaml", DESCRIPTORS.replace("v1.0.0", "v1.1.0"))
    before = run("diff", "-C", str(changed.root))
    assert run("render", "-C", str(changed.root)).status == 0
    after = run("diff", "-C", str(changed.root))
    assert after.stdout == before.stdout
    broken = changed.root / "templates/manifests"
    broken.mkdir(parents=True)
    (broken / "rollout.yaml.j2").write_text("{{ nothing }}")
    assert run("diff", "-C", str(changed.root)).status == 1, "a new template makes it unknown again"


def test_only_what_is_selected(changed: Repository, run: Run) -> None:
    result = run("diff", "-C", str(changed.root), "--env", "staging")
    assert result.stdout.splitlines()[0].split() == ["low", "staging/hello"]
    assert result.stdout.endswith(f"1 of 1 releases change; against {base(changed)}\n")


def test_how_risky_a_change_may_be(changed: Repository, run: Run) -> None:
    for level, status in (("high", 1), ("medium", 1), ("low", 1), ("never", 0)):
        assert run("diff", "-C", str(changed.root), "--fail-on", level).status == status
    assert run("diff", "-C", str(changed.root), "--env", "staging", "--fail-on", "medium").status == 0


def test_for_machines(changed: Repository, run: Run) -> None:
    data = json.loads(run("diff", "-C", str(changed.root), "--format", "json").stdout)
    jsonschema.validate(data, OUTPUT_DIFF)
    assert data["summary"] == {"releases": 2, "changed": 2, "high": 1, "medium": 0, "low": 1}
    assert [(one["level"], one["releases"]) for one in data["groups"]] == [
        ("high", ["prod/hello"]),
        ("low", ["prod/hello", "staging/hello"]),
    ]
    prod = data["releases"][0]
    assert [prod["plans"][side]["totals"]["gates"] for side in ("before", "after")] == [2, 1]
    images = [field for one in prod["objects"] for field in one["fields"] if field["path"][-1] == "image"]
    assert images == [
        {
            "path": ["spec", "template", "spec", "containers", "hello", "image"],
            "label": "spec.template.spec.containers[hello].image",
            "before": "ghcr.io/x/hello:v1.0.0",
            "after": "ghcr.io/x/hello:v1.1.0",
        }
    ]


def test_as_a_comment(changed: Repository, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    result = run("diff", "-C", str(changed.root), "--output", "text", "--output", f"markdown={file}")
    assert result.stdout == TEXT.format(base(changed))
    comment = file.read_text()
    assert comment.startswith(f"<!-- gitopsgen diff -->\n### 2 of 2 releases change, 1 high; against {base(changed)}\n")
    assert (
        "| **high** | prod/hello | manual gates 2 → 1 … and 2 more |\n| low | 2 releases | image v1.0.0 → v1.1.0 |\n"
        in comment
    )
    assert "- **high**: manual gates 2 → 1 (`gitopsgen explain gate-removed`)\n" in comment
    assert "```diff\n- 5 % → success-rate → gate →" in comment
    assert comment.count("<details>") == comment.count("</details>") == 2


def test_a_format_to_read_and_one_for_a_file(changed: Repository, run: Run, tmp_path: Path) -> None:
    result = run("diff", "-C", str(changed.root), "--format", "json", "--output", f"html={tmp_path / 'diff.html'}")
    jsonschema.validate(json.loads(result.stdout), OUTPUT_DIFF)
    assert (tmp_path / "diff.html").read_text().startswith("<!doctype html>")


class Page(HTMLParser):
    """Notes the tags of a page, and that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "line", "circle", "rect", "polygon", "polyline"):
            self.open.append(tag)
        assert not any(name in ("src", "href") for name, _ in attrs), "a page that needs nothing else"

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def test_as_a_page(changed: Repository, run: Run) -> None:
    result = run("diff", "-C", str(changed.root), "--format", "html")
    page = Page()
    page.feed(result.stdout)
    assert not page.open
    assert page.seen.count("svg") == 2
    svg = result.stdout[result.stdout.index("<svg") : result.stdout.index("</svg>") + len("</svg>")]
    xml.dom.minidom.parseString(svg)  # noqa: S318 - what this tool wrote


def test_what_has_a_fault_is_said_to_be_left_out(changed: Repository, run: Run) -> None:
    changed.write("environments/all.yaml", DESCRIPTORS.replace("ports:", "portz:"))
    result = run("diff", "-C", str(changed.root))
    assert result.status == 1
    assert "in what people wrote, and what has one is left out: run `gitopsgen lint`" in result.stderr


def test_what_has_a_fault_is_not_said_to_be_removed(changed: Repository, run: Run) -> None:
    faulty = DESCRIPTORS.replace("profile: conservative-canary", "profile: conservative")
    changed.write("environments/all.yaml", faulty.replace("tag: v1.0.0", "tag: v1.2.0"))
    line = "not compared: prod/hello is not rendered, for a fault in what people wrote"
    result = run("diff", "-C", str(changed.root), "--output=text", "--output=json=d.json", "--output=markdown=d.md")
    assert result.status == 1
    assert line in result.stdout.splitlines()
    assert "removed" not in result.stdout
    assert "staging/hello" in result.stdout
    found = json.loads((changed.root.parent / "d.json").read_text())
    assert found["leftOut"] == ["prod/hello"]
    jsonschema.validate(found, OUTPUT_DIFF)
    assert f"\n- {line}\n" in (changed.root.parent / "d.md").read_text()
    assert "not compared" not in run("diff", "-C", str(changed.root), "--env", "staging").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--base", "nowhere"], "git knows no commit `nowhere`"),
        (["--format", "mardown"], "fix: did you mean `markdown`?"),
        (["--fail-on", "worse"], "fix: one of: high, medium, low, never"),
        (["--output", "json=/dev/null/x"], "/dev/null/x cannot be written: "),
        (["--output", "json="], "`--output json=` names no file"),
        (["--format", "json", "--output", "text"], "two formats cannot both go to standard output: json and text"),
        (["--output", "json=d", "--output", "html=d"], "two formats cannot both go to d"),
        (
            ["--between", "staging", "prod", "--fail-on", "low"],
            "`--between` compares no commits, and takes no `--fail-on`",
        ),
    ],
)
def test_what_cannot_be_done(changed: Repository, run: Run, arguments: list[str], said: str) -> None:
    result = run("diff", "-C", str(changed.root), *arguments)
    assert result.status == 2
    assert said in result.stderr


def test_without_a_commit_there_is_nothing_to_compare_with(tmp_path: Path, run: Run) -> None:
    start(tmp_path / "new")
    result = run("diff", "-C", str(tmp_path / "new"))
    assert (result.status, result.stdout) == (2, "")
    assert "there is nothing to compare with" in result.stderr


def of_lines(*releases: tuple[str, Level, str]) -> Review:
    groups = tuple(
        Group(releases=(name,), lines=(Line(level=level, text=text, key=text),)) for name, level, text in releases
    )
    changes = tuple(
        ReleaseChange(release=group.releases[0], became="changed", objects=(), lines=group.lines) for group in groups
    )
    return Review(base="a" * 40, head="", releases=changes, groups=groups, total=len(changes))


def test_a_comment_keeps_its_limit_and_the_worst() -> None:
    many = [(f"prod/app-{index:04}", Level.LOW, f"ConfigMap: data.x {'y' * 200} {index}") for index in range(2000)]
    comment = review_markdown(of_lines(("prod/worst", Level.HIGH, "manual gates 2 → 0"), *many))
    assert len(comment) <= LIMIT
    assert "| **high** | prod/worst | manual gates 2 → 0 |" in comment
    assert "- **high**: manual gates 2 → 0" in comment
    assert "more groups | of low risk at most |" in comment
    assert comment.rstrip().endswith("not unfolded here: `gitopsgen diff` shows all.")


HOSTILE = (
    "metrics[p99] *a* _b_ | <b> @ada #12 o/r#3 www.x.org http://x.org a@x.org !4 `c` https://x.org/a_b|c\\d 5 % &amp;"
)


def test_what_people_wrote_is_shown_as_it_is() -> None:
    comment = review_markdown(of_lines(("prod/worst", Level.HIGH, HOSTILE)))
    page = MarkdownIt("commonmark", {"linkify": False}).enable("table").render(comment)
    assert "<td><strong>high</strong></td>" in page
    assert html.unescape(re.sub(r"<!--.*?-->|<[^>]*>", "", page)).count(HOSTILE) == 3, "row, summary, and line"
    assert "<a " not in page
    prose = re.sub(r"<code>.*?</code>", "", page)
    assert not re.search(r"www|@|&#64;|#\d(?!\d*;)|!4", prose)
    assert not re.search(r"(@|&#64;)\w", page), "a comment stands between"


def test_a_comment_says_how_much_is_not_compared() -> None:
    review = replace(of_lines(("prod/x", Level.LOW, "replicas 1 → 2")), left_out=tuple(f"dev/{n}" for n in range(50)))
    page = MarkdownIt("commonmark").enable("table").render(review_markdown(review))
    assert "<h3>1 of 1 releases change, 50 not compared; against aaaaaaaaaa</h3>" in page
    assert page.count("<li>not compared: dev/") == 40
    assert "<li>and 10 more</li>" in page
    assert "<td>replicas 1 → 2</td>" in page
    assert "nothing changes" not in review_markdown(replace(review, releases=(), groups=()))


LEVELS = st.sampled_from(Level)
LINES = st.lists(st.tuples(LEVELS, st.text(max_size=4000)), min_size=1, max_size=60)


@given(lines=LINES, limit=st.sampled_from((4_000, 20_000, LIMIT)))
@settings(max_examples=50)
def test_no_comment_is_too_long_or_breaks_out_of_its_markup(lines: list[tuple[Level, str]], limit: int) -> None:
    ordered = sorted(lines, key=lambda line: line[0].rank)
    comment = review_markdown(of_lines(*((f"prod/{index}", *line) for index, line in enumerate(ordered))), limit)
    assert len(comment) <= limit
    assert comment.count("<details>") == comment.count("</details>")
    assert "@" not in comment
    worst = ordered[0][0]
    assert f"| {f'**{worst}**' if worst is Level.HIGH else worst} | prod/0 |" in comment


def test_what_is_kept_of_earlier_runs_changes_nothing(changed: Repository, run: Run, tmp_path: Path) -> None:
    edits = (
        ("gates: [5]", "gates: [50]"),
        ("v1.1.0", "v1.2.0"),
        ("namespace: staging", "namespace: stage"),
        ("apps: {hello: {rollout", "apps: {hello: {replicas: 3, rollout"),
        ("replicas: 3, ", ""),
        ("namespace: stage", "namespace: staging"),
    )
    for number, (before, after) in enumerate(edits):
        file = changed.root / "environments/all.yaml"
        assert before in file.read_text()
        file.write_text(file.read_text().replace(before, after))
        warm = run("diff", "-C", str(changed.root), "--format", "json")
        cold = run("diff", "-C", str(changed.root), "--format", "json", XDG_CACHE_HOME=str(tmp_path / f"cold-{number}"))
        assert warm.status == cold.status == 0, warm.stderr
        assert warm.stdout == cold.stdout


def test_a_text_that_is_kept_nowhere_is_rendered_again(changed: Repository, run: Run) -> None:
    first = run("diff", "-C", str(changed.root))
    for file in (changed.root / "rendered/prod/hello/manifests").iterdir():
        file.unlink()
    changed.commit("chore: gone")
    assert run("diff", "-C", str(changed.root), "--base", "HEAD~1").stdout == first.stdout
