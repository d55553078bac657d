"""What a template may do, and what is said when it may not: at its file and line, in bounded time."""

from pathlib import Path

import pytest

from gitopsgen.source.location import Location
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
        pytest.param("{{ 1 / 0 }}", "division by zero", 1, id="arithmetic"),
        pytest.param("{{ '5 days' | seconds }}", "no duration", 1, id="a filter's refusal"),
        pytest.param("{{ x | nope }}", "cannot be read", 1, id="an unknown filter"),
    ],
)
def test_a_fault_names_the_template_and_its_line(tmp_path: Path, text: str, message: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        render(tmp_path, text, x={}, app={"replicas": 1})
    assert message in caught.value.message
    assert caught.value.location == Location("templates/t.j2", line, 1)


def test_a_key_is_found_before_a_method(tmp_path: Path) -> None:
    chart = {"values": {"a": 1}, "items": 2}
    assert render(
        tmp_path, "{{ chart.values.a }} {{ chart.items }} {{ env.items() | list }}", chart=chart, env={"A": "b"}
    ) == ("1 2 [('A', 'b')]")


def test_crlf_in_a_template_changes_nothing(tmp_path: Path) -> None:
    assert render(tmp_path, "a\r\n{% if true %}\r\nb\r\n{% endif %}\r\n") == "a\nb\n"
