"""What is said of a text that a template makes: the values that are part of it, and what decided that it is this one."""

from pathlib import Path
from typing import Any, Final

import pytest

from gitopsgen.source.location import format_path
from gitopsgen.templating.library import TemplateLibrary
from gitopsgen.templating.traced import Origin, Origins, Trace, TracedText, traced_tree, untraced
from gitopsgen.templating.tracing_engine import TracingEngine

VALUES: Final[dict[str, Any]] = {
    "flags": {"a": {"on": True}, "b": {"on": False}, "c": {"on": True}},
    "ports": {"http": 80, "admin": 90},
    "users": [{"name": "ann", "team": "x"}, {"name": "bob", "team": "y"}],
    "list": ["x", "y"],
    "n": 3,
    "s": "abc",
    "map": {"k": "v"},
}
LIBRARY: Final = {
    "lib/one.j2": "{% macro word() %}one{% endmacro %}{% set kind = 1 %}",
    "lib/abc.j2": "{% macro word() %}abc{{ n }}{% endmacro %}{% set kind = 2 %}",
    "lib/base.j2": "base {% block more %}{% endblock %}",
}
CASES: Final[tuple[tuple[str, str, str, str], ...]] = (
    # the template, the text, the values that are part of it, what decided
    ('{{ "{}-{}".format(s, n) }}', "abc-3", "n s", ""),
    ('{{ "%s-%d" % (s, n) }}', "abc-3", "n s", ""),
    ('{{ "%s" % s }}', "abc", "s", ""),
    ('{{ list | join("-") }}', "x-y", "list[0] list[1]", "list"),
    ('{{ "-".join(list) }}', "x-y", "list[0] list[1]", "list"),
    ('{{ users | join("-", attribute="name") }}', "ann-bob", "users[0].name users[1].name", "users"),
    ('{{ s | join("-") }}', "a-b-c", "s", "s"),
    ("{{ list[:n - 2] | first }}", "x", "list[0]", "list n"),
    ('{{ "abcdef"[n:] }}', "def", "", "n"),
    ('{{ {"z": 1}[s] | default("no") }}', "no", "", "s"),
    ("{{ map.z | default(s) }}", "abc", "s", "map"),
    ("{{ map.k | default(s) }}", "v", "map.k", ""),
    ("{{ map.z is defined }}", "False", "", "map"),
    ('{{ "many" if n > 5 }}', "", "", "n"),
    ('{{ ("many" if n > 5) | default("few") }}', "few", "", "n"),
    (
        '{% for one in users | groupby("team") %}{{ one.grouper }}{{ one.list | length }}{% endfor %}',
        "x1y1",
        "users[0].team users[1].team",
        "users users[0].team users[1].team",
    ),
    ("{% for key, _ in map | dictsort %}{{ key }}{% endfor %}", "k", "", "map"),
    ("{{ (ports | dictsort)[0][1] }}", "90", "ports.admin", ""),
    ('{{ (ports | dictsort(by="value"))[0][1] }}', "80", "ports.http", "ports.admin ports.http"),
    (
        '{{ (users | sort(attribute="team") | first).name }}',
        "ann",
        "users[0].name",
        "users users[0].team users[1].team",
    ),
    (
        (
            "{% set all = namespace(n=0) %}{% for _, f in flags.items() if f.on %}{% if loop.last %}{% endif %}"
            "{% set all.n = all.n + 1 %}{% endfor %}{{ all.n }}"
        ),
        "2",
        "",
        "flags flags.a.on flags.b.on flags.c.on",
    ),
    (
        (
            "{% macro count(ns) %}{% for _, f in flags.items() if f.on %}{% if not loop.last %}"
            "{% set ns.n = ns.n + 1 %}{% endif %}{% endfor %}{% endmacro %}"
            "{% set all = namespace(n=0) %}{{ count(all) }}{{ all.n }}"
        ),
        "1",
        "",
        "flags flags.a.on flags.b.on flags.c.on",
    ),
    (
        (
            "{% set at = namespace(c=0) %}{% for key, f in flags.items() if f.on %}"
            '{% if key == "c" %}{% set at.c = loop.index %}{% endif %}{% endfor %}{{ at.c }}'
        ),
        "2",
        "",
        "flags flags.a.on flags.b.on flags.c.on",
    ),
    (
        '{% for _, f in flags.items() %}{{ "!" if loop.changed(f.on) else "." }}{% endfor %}',
        "!!!",
        "",
        "flags flags.a.on flags.b.on flags.c.on",
    ),
    (
        "{% for _, port in ports.items() if port > 99 %}{{ port }}{% else %}none{% endfor %}",
        "none",
        "",
        "ports ports.admin ports.http",
    ),
    (
        "{% for one in list recursive %}{{ one }}{% if loop.depth == 1 %}{{ loop(map.values()) }}{% endif %}{% endfor %}",
        "xvyv",
        "list[0] list[1] map.k",
        "list map",
    ),
    ('{% from "lib/" ~ s ~ ".j2" import word, kind with context %}{{ word() }}{{ kind }}', "abc32", "n", "s"),
    ('{% import ("lib/one.j2" if n == 3 else "lib/abc.j2") as lib %}{{ lib.word() }}{{ lib.kind }}', "one1", "", "n"),
    (
        (
            '{% if n == 3 %}{% from "lib/one.j2" import word %}{% else %}{% macro word() %}other{% endmacro %}{% endif %}'
            "{{ word() }}"
        ),
        "one",
        "",
        "n",
    ),
    ('{% include ["lib/" ~ n ~ ".j2", "lib/base.j2"] %}', "base ", "", "n"),
    (
        '{% extends ("lib/base.j2" if n == 3 else "lib/one.j2") %}{% block more %}{{ s }}{% endblock %}',
        "base abc",
        "s",
        "n",
    ),
)
STRETCHES: Final = (
    ('{{ (s ~ "\\n" ~ n) | trim }}', "3", "n"),
    ('{{ (s ~ "\\n" ~ n).strip() }}', "3", "n"),
    ("{{ (s ~ n) | upper }}", "ABC", "s"),
    ("{{ users | json }}", '"bob"', "users[1].name"),
    ("{{ users | tojson }}", '"bob"', "users[1].name"),
    ("{{ list }}", "'y'", "list[1]"),
    ('{{ list | join(", ") }}', "y", "list[1]"),
)
"""A template, a stretch of the text that it makes, and the only value that is part of it."""


@pytest.mark.parametrize(("template", "text", "values", "decided"), CASES)
def test_all_that_had_a_say_is_named_and_nothing_else(
    tmp_path: Path, template: str, text: str, values: str, decided: str
) -> None:
    made = render(tmp_path, template)
    traces = [trace for _, trace in made.pieces]
    assert str.__str__(made) == text
    assert names(frozenset[Origin]().union(*(one.values for one in traces))) == values.split()
    assert names(frozenset[Origin]().union(*(one.deciders for one in traces))) == decided.split()


@pytest.mark.parametrize(("template", "stretch", "value"), STRETCHES)
def test_a_value_is_part_of_its_own_stretch_alone(tmp_path: Path, template: str, stretch: str, value: str) -> None:
    made = render(tmp_path, template)
    begin = str.__str__(made).index(stretch)
    trace = next(trace for start, trace in reversed(made.pieces) if start == begin)
    assert names(trace.values) == [value]


def render(folder: Path, template: str) -> TracedText:
    """Return what a template makes of the traced ``VALUES``; it has the templates of ``LIBRARY`` beside it."""
    for name, text in {**LIBRARY, "main.j2": template}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    library = TemplateLibrary(builtin=folder, own=None)
    context = traced_tree(VALUES, lambda path: Trace(values=frozenset((Origin("app", path),))), lambda _: Trace())
    return TracingEngine(library).render(
        library.templates["main.j2"], {untraced(key): one for key, one in context.items()}
    )


def names(origins: Origins) -> list[str]:
    return sorted(format_path(origin.path) for origin in origins)


def test_a_constant_is_placed_where_it_is_written(tmp_path: Path) -> None:
    made = render(tmp_path, '{% set words = {\n  "a": "hush",\n  "b": "shout",\n} %}\n{{ words.b }}')
    assert [place.line for place in made.trace.places] == [5, 3]
