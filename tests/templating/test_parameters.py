"""The parameters that a profile or an analysis declares in its head."""

from pathlib import Path

import pytest

from gitopsgen.templating.library import HeadError, TemplateLibrary
from gitopsgen.templating.parameters import parameters_of


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        pytest.param("{type: string", "4:1: the head of the template is faulty: this is not YAML: ", id="no YAML"),
        pytest.param("5", "3:3: the parameter `last` is declared wrongly: a parameter is a map", id="no map"),
        pytest.param("{type: whole}", "3:10: the parameter `last` is declared wrongly: ", id="no type"),
        pytest.param(
            '{type: string, pattern: "("}', "3:24: the parameter `last` is declared wrongly: ", id="no pattern"
        ),
    ],
)
def test_a_parameter_that_is_declared_wrongly(declared: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "rollouts").mkdir()
    (tmp_path / "rollouts" / "own.yaml.j2").write_text(
        f"{{#---\nparameters:\n  last: {declared}\n---#}}\ncanary: {{}}\n"
    )
    template = TemplateLibrary(builtin=tmp_path, own=None).templates["rollouts/own.yaml.j2"]
    with pytest.raises(HeadError) as caught:
        parameters_of(template).faults({})
    assert expected in str(caught.value)
