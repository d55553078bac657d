"""What a template may do, and what is said when it may not: at its file and line, in bounded time."""

from pathlib import Path

import pytest

from gitopsgen.templating.engine import Engine, TemplateError
from gitopsgen.templating.library import TemplateLibrary


def render(tmp_path: Path, text: str, **context: object) -> str:
    (tmp_path / "lib").mkdir(exist_ok=True)
    (tmp_path / "t.j2").write_text(text)
    (tmp_path / "lib" / "m.j2").write_text("{% macro deep(n) %}\n{{ deep(n + 1) }}\n{% endmacro %}")
    library = TemplateLibrary(builtin=tmp_path, own=None)
    return Engine(library).render(library.templates["t.j2"], context)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        pytest.param("a\n{{ x.__class__ }}", "sandbox", 2, id="__class__"),
        pytest.param("{{ ''.__class__.__mro__[1].__subclasses__() }}", "sandbox", 1, id="subclasses"),
        pytest.param("{% set _ = x.update({'a': 1}) %}", "nothing sets", 1, id="changing a value"),
        pytest.param(
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "loops more than",
            1,
            id="loops",
        ),
        pytest.param("{% for a in range(99999999) %}{% endfor %}", "", 1, id="a long range"),
        pytest.param("{{ 'x' * 10 ** 9 }}", "repeats something", 1, id="repetition"),
        pytest.param("{{ 9 ** 9999999 }}", "power above", 1, id="power"),
        pytest.param("{% import 'lib/m.j2' as m %}\n\n{{ m.deep(1) }}", "without end", 1, id="recursion"),
        pytest.param("\n{% include 't.j2' %}", "without end", 1, id="includes itself"),
        pytest.param("\n\n{{ app.replicsa }}", "uses `replicsa`, which nothing sets", 3, id="an unknown key"),
        pytest.param("{{ unknown }}", "uses `unknown`, which nothing sets", 1, id="an unknown name"),
        pytest.param("a\n{% if %}", "cannot be read", 2, id="syntax"),
        pytest.param("{% include 'nope.j2' %}", "there is no template `nope.j2`", 1, id="no such template"),
        pytest.param("{{ [0][3] }}", "no element 3", 1, id="an item"),
        pytest.param("{{ 1 / 0 }}", "division by zero", 1, id="arithmetic"),
        pytest.param("{{ '5 days' | seconds }}", "no duration", 1, id="a filter's refusal"),
        pytest.param("{{ x | nope }}", "cannot be read", 1, id="an unknown filter"),
    ],
)
def test_a_fault_names_the_template_and_its_line(tmp_path: Path, text: str, message: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        render(tmp_path, text, x={}, app={"replicas": 1})
    assert message in caught.value.message
    assert (caught.value.location.file, caught.value.location.line) == ("templates/t.j2", line)


@pytest.mark.parametrize(
    ("text", "name", "column", "fix"),
    [
        pytest.param("a: {{ app.replicsa }}", "replicsa", 11, "did you mean `replicas`?", id="a misspelt key"),
        pytest.param("a: {{ ap.replicas }}", "ap", 7, "did you mean `app`?", id="a misspelt name"),
        pytest.param("a: {{ replicas }}", "replicas", 7, "did you mean `app.replicas`?", id="a key without its map"),
        pytest.param("a: {{ app.release }}", "release", 11, "one of: chart, replicas", id="another key"),
        pytest.param("{{ app.chart.path }}", "path", 14, "", id="of null"),
        pytest.param("{{ app['replicsa'] }}", "replicsa", 9, "did you mean `replicas`?", id="in brackets"),
        pytest.param("{% set key = 'nope' %}{{ app[key] }}", "nope", 15, "one of: chart, replicas", id="by a variable"),
        pytest.param("{% if app.relicas > 1 %}{% endif %}", "relicas", 11, "did you mean `replicas`?", id="compared"),
        pytest.param("a: {{ app.replicsa | yaml }}", "replicsa", 11, "did you mean `replicas`?", id="as YAML"),
        pytest.param(
            "a: {{ {'b': [app.replicsa]} | yaml(2) }}", "replicsa", 18, "did you mean `replicas`?", id="in a list"
        ),
        pytest.param("a: {{ app.replicsa | json }}", "replicsa", 11, "did you mean `replicas`?", id="as JSON"),
        pytest.param("a: {{ app.replicsa | sha256 }}", "replicsa", 11, "did you mean `replicas`?", id="its digest"),
        pytest.param("{% for one in app.lst %}{% endfor %}", "lst", 19, "one of: chart, replicas", id="looped over"),
    ],
)
def test_what_nothing_sets_is_told_with_what_may_be_meant(
    tmp_path: Path, text: str, name: str, column: int, fix: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        render(tmp_path, f"\n{text}", x={"a": [1]}, app={"replicas": 1, "chart": None})
    assert caught.value.message == f"the template uses `{name}`, which nothing sets"
    assert (str(caught.value.location), caught.value.fix) == (f"templates/t.j2:2:{column}", fix)


def test_a_key_is_found_before_a_method(tmp_path: Path) -> None:
    chart = {"values": {"a": 1}, "items": 2}
    assert render(
        tmp_path, "{{ chart.values.a }} {{ chart.items }} {{ env.items() | list }}", chart=chart, env={"A": "b"}
    ) == ("1 2 [('A', 'b')]")


def test_crlf_in_a_template_changes_nothing(tmp_path: Path) -> None:
    assert render(tmp_path, "a\r\n{% if true %}\r\nb\r\n{% endif %}\r\n") == "a\nb\n"
