"""The catalogue: which file counts, what a repository may set, and pages of structural rules in the same form."""

import subprocess
import sys
from pathlib import Path

import pytest

from gitopsgen.model.finding import Finding, Severity
from gitopsgen.policies.catalogue import Catalogue, load_catalogue, parameters


def policy(name: str, *, severity: str = "warning", more: str = "", message: str = "no team") -> str:
    return f"""\
apiVersion: gitopsgen.io/v1
kind: Policy
metadata: {{name: {name}}}
spec:
  severity: {severity}
  summary: Nobody answers for it.
{more}\
  validations:
  - expression: has(object.metadata.labels)
    message: {message}
  examples:
  - fail: "kind: Service  # <- here"
  - pass: "metadata: {{labels: {{}}}}"
"""


CONFIG = "apiVersion: gitopsgen.io/v1\nkind: PolicyConfig\nspec:\n"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    builtin, own = tmp_path / "builtin", tmp_path / "own"
    for folder in (builtin, own):
        folder.mkdir()
    (builtin / "team-missing.yaml").write_text(policy("team-missing"), "utf-8")
    return builtin, own


def load(folders: tuple[Path, Path], **files: str) -> tuple[Catalogue, list[Finding]]:
    for name, text in files.items():
        path = folders[1] / f"{name.replace('__', '/').replace('_', '-')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return load_catalogue(*folders)


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(str(finding.location), finding.message, finding.fix) for finding in findings]


def test_a_file_of_the_same_path_takes_the_place_of_a_built_in_one(folders: tuple[Path, Path]) -> None:
    catalogue, findings = load(folders, team_missing=policy("team-missing", message="ours"))
    assert not findings
    assert catalogue.policies["team-missing"].validations[0].message == "ours"
    assert catalogue.own == {"team-missing"}


def test_a_new_file_adds_a_policy(folders: tuple[Path, Path]) -> None:
    catalogue, findings = load(folders, network__no_team=policy("no-team"))
    assert not findings
    assert list(catalogue.policies) == ["no-team", "team-missing"]
    assert catalogue.own == {"no-team"}


def test_a_policy_of_a_name_that_is_taken_is_told(folders: tuple[Path, Path]) -> None:
    catalogue, findings = load(folders, other__team_missing=policy("team-missing", message="ours"))
    message = "there is a policy `team-missing` already, in policies/team-missing.yaml"
    fix = "a file of the same path, policies/team-missing.yaml, takes its place; else choose another name"
    assert told(findings) == [("policies/other/team-missing.yaml:3:12", message, fix)]
    assert catalogue.policies["team-missing"].validations[0].message == "no team"


def test_settings_change_severity_and_parameters(folders: tuple[Path, Path]) -> None:
    more = "  params: {min: {type: integer, default: 2, minimum: 1, description: The least.}}\n"
    catalogue, findings = load(
        folders,
        no_team=policy("no-team", more=more),
        config=f"{CONFIG}  rules:\n    no-team: {{severity: {{production: error, staging: 'off'}}, params: {{min: 3}}}}\n"
        "    team-missing: {severity: 'off'}\n    schema/unknown-key: {severity: warning}\n",
    )
    assert not findings
    severities = [catalogue.severity("no-team", tier) for tier in ("production", "staging", "development")]
    assert severities == [Severity.ERROR, None, Severity.WARNING]
    assert catalogue.severity("team-missing", "production") is None
    assert catalogue.severity("schema/unknown-key", "production") is Severity.WARNING
    assert parameters(catalogue.policies["no-team"], catalogue.settings) == {"min": 3}


@pytest.mark.parametrize(
    ("rules", "line", "message", "fix"),
    [
        pytest.param(
            "{team-mising: {severity: error}}",
            "policies/config.yaml:4:11",
            "there is no policy or rule `team-mising`",
            "did you mean `team-missing`?",
            id="unknown policy",
        ),
        pytest.param(
            "{schema/unknown-keys: {severity: error}}",
            "policies/config.yaml:4:11",
            "there is no policy or rule `schema/unknown-keys`",
            "did you mean `schema/unknown-key`?",
            id="unknown structural rule",
        ),
        pytest.param(
            "{no-team: {params: {mn: 3}}}",
            "policies/config.yaml:4:30",
            "no-team has no parameter `mn`",
            "did you mean `min`?",
            id="unknown parameter",
        ),
        pytest.param(
            "{no-team: {params: {min: 0}}}",
            "policies/config.yaml:4:30",
            "`min` is 0, which is less than 1",
            "",
            id="value out of range",
        ),
        pytest.param(
            "{no-team: {severity: fatal}}",
            "policies/config.yaml:4:21",
            "`spec.rules.no-team.severity` is fatal, which is none of: error, warning, info, off",
            "",
            id="unknown severity",
        ),
    ],
)
def test_a_setting_that_does_not_fit_is_told(
    folders: tuple[Path, Path], rules: str, line: str, message: str, fix: str
) -> None:
    more = "  params: {min: {type: integer, default: 2, minimum: 1, description: The least.}}\n"
    catalogue, findings = load(folders, no_team=policy("no-team", more=more), config=f"{CONFIG}  rules: {rules}\n")
    assert told(findings) == [(line, message, fix)]
    assert parameters(catalogue.policies["no-team"], catalogue.settings) == {"min": 2}


def test_settings_in_two_files_are_told(folders: tuple[Path, Path]) -> None:
    config = f"{CONFIG}  rules: {{}}\n"
    _, findings = load(folders, config=config, more_config=config)
    message = "the rules are set in two places: here and at policies/config.yaml:2:1"
    assert told(findings) == [("policies/more-config.yaml:2:1", message, "put all of it into one file")]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param("  rules: {}\n", None, id="baseline is on"),
        pytest.param("  set: strict\n", Severity.WARNING, id="strict"),
        pytest.param("  rules: {careful: {severity: info}}\n", Severity.INFO, id="a severity of its own puts it on"),
    ],
)
def test_a_policy_of_a_set_is_off_in_others(folders: tuple[Path, Path], config: str, expected: Severity | None) -> None:
    catalogue, findings = load(
        folders, careful=policy("careful", more="  sets: [strict]\n"), config=f"{CONFIG}{config}"
    )
    assert not findings
    assert catalogue.severity("careful", "production") is expected
    assert catalogue.severity("team-missing", "production") is Severity.WARNING


def rule_page(name: str, rule: str, more: str = "") -> str:
    return (
        f"apiVersion: gitopsgen.io/v1\nkind: Policy\nmetadata: {{name: {name}}}\nspec:\n  severity: info\n"
        f"  summary: Ours.\n  waivable: false\n  rule: {rule}\n{more}  examples:\n  - pass: 'a: 1'\n"
    )


def test_a_policy_may_stand_for_a_structural_rule(folders: tuple[Path, Path]) -> None:
    catalogue, findings = load(folders, our_keys=rule_page("our-keys", "schema/unknown-key"))
    assert not findings
    page = catalogue.page("schema/unknown-key")
    assert page
    assert page.summary == "Ours."
    assert catalogue.severity("schema/unknown-key", "production") is Severity.INFO
    assert not catalogue.waivable("schema/unknown-key")
    assert catalogue.all["schema/unknown-key"] is page


def test_a_policy_cannot_stand_for_a_rule_that_there_is_not(folders: tuple[Path, Path]) -> None:
    _, findings = load(folders, our_keys=rule_page("our-keys", "schema/unknown-kei"))
    message = "there is no structural rule `schema/unknown-kei`"
    assert told(findings) == [("policies/our-keys.yaml:8:3", message, "did you mean `schema/unknown-key`?")]


def test_a_rule_in_python_is_matched_by_itself(folders: tuple[Path, Path]) -> None:
    _, findings = load(folders, our_keys=rule_page("our-keys", "schema/unknown-key", "  match: {kinds: [Service]}\n"))
    assert told(findings) == [
        ("policies/our-keys.yaml:9:3", "a rule that is written in Python has no `match`", "take `match` out")
    ]


def test_structural_rules_have_pages_of_the_same_form(folders: tuple[Path, Path]) -> None:
    catalogue, _ = load(folders)
    page = catalogue.page("policy/cannot-evaluate")
    assert page
    assert page.severity_in("production") is Severity.ERROR
    assert not catalogue.waivable("policy/cannot-evaluate")
    assert catalogue.page("policy/unheard-of") is None
    assert catalogue.severity("policy/unheard-of", "") is Severity.ERROR
    assert {"yaml/duplicate-key", "team-missing"} <= catalogue.all.keys()
    assert [one.id for one in catalogue.matching(("yaml/dup*", "team-*"))] == ["team-missing", "yaml/duplicate-key"]


def test_what_is_no_policy_is_kept_for_others(folders: tuple[Path, Path]) -> None:
    waivers = "apiVersion: gitopsgen.io/v1\nkind: Waivers\nspec: {waivers: []}\n"
    admission = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: a}\n"
    catalogue, findings = load(folders, waivers=waivers, admission=admission)
    assert not findings
    assert len(catalogue.waiver_documents) == len(catalogue.documents) == 1


def test_loading_needs_neither_the_engine_nor_the_pages_of_rules() -> None:
    code = (
        "import sys; from pathlib import Path; from gitopsgen.policies.catalogue import load_catalogue;"
        "catalogue, findings = load_catalogue(Path('policies'), None); assert not findings;"
        "assert catalogue.severity('run-as-root', 'production');"
        "from gitopsgen.policies.pages import structural_pages; assert not structural_pages.cache_info().currsize;"
        "assert not {'cel_expr_python', 'jsonschema'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": str(root / "generator")}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env=environment)
