"""The main job as a user does it: render, render again, check, and be stopped."""

import json
import os
import random
import re
from pathlib import Path

import pytest
from bench.fleet import write_fleet

from tests.cli.conftest import Run, tree


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_second_run_writes_nothing_and_says_so(scaffold: Path, run: Run) -> None:
    before = {file: (scaffold / file).stat().st_mtime_ns for file in tree(scaffold)}
    for options in ([], ["--no-cache"]):
        result = run("render", "-C", str(scaffold), *options)
        assert (result.status, result.stdout) == (0, f"nothing to do: {len(before)} files are up to date\n")
    assert {file: (scaffold / file).stat().st_mtime_ns for file in tree(scaffold)} == before


def test_a_production_without_gates_is_stopped_and_nothing_is_written(scaffold: Path, run: Run) -> None:
    before = tree(scaffold)
    replace(
        scaffold / "environments/prod.yaml",
        "rollout: {profile: conservative-canary}",
        "rollout:\n        profile: conservative-canary\n        with:\n          gates: []",
    )
    result = run("render", "-C", str(scaffold), "--env", "prod")
    assert result.status == 1
    assert "error[ungated-production-canary] prod/hello" in result.stderr
    assert "environments/prod.yaml:" in result.stderr
    assert result.stderr.endswith("nothing was written\n")
    assert tree(scaffold) == before


def test_check_tells_a_stale_tree_and_writes_nothing(scaffold: Path, run: Run) -> None:
    before = tree(scaffold)
    assert run("render", "-C", str(scaffold), "--check").status == 0
    replace(scaffold / "environments/prod.yaml", "replicas: 4", "replicas: 5")
    result = run("render", "-C", str(scaffold), "--check")
    assert result.status == 1
    assert "rendered/prod/hello/manifests/rollout-hello.yaml:1:1: error[tree/stale]" in result.stderr
    assert tree(scaffold) == before


def test_only_what_changed_is_written(scaffold: Path, run: Run) -> None:
    replace(scaffold / "environments/prod.yaml", "replicas: 4", "replicas: 5")
    result = run("render", "-C", str(scaffold))
    assert result.status == 0
    assert result.stdout.splitlines()[:-1] == [
        "changed  rendered/prod/hello/manifests/rollout-hello.yaml",
        "changed  rendered/prod/hello/values.yaml",
    ]


def test_an_app_that_is_gone_is_pruned_on_a_partial_run_too(scaffold: Path, run: Run) -> None:
    app = scaffold / "environments/apps/hello.yaml"
    (scaffold / "environments/apps/second.yaml").write_text(app.read_text().replace("hello", "second"))
    replace(scaffold / "environments/prod.yaml", "    hello:\n", "    second: {}\n    hello:\n")
    assert run("render", "-C", str(scaffold)).status == 0
    assert (scaffold / "rendered/prod/second/values.yaml").exists()
    replace(scaffold / "environments/prod.yaml", "    second: {}\n", "")
    assert run("render", "-C", str(scaffold), "--env", "prod", "--app", "hello").status == 0
    assert not (scaffold / "rendered/prod/second").exists()
    assert not (scaffold / "rendered/prod/argocd/apps/second.yaml").exists()


def test_a_hand_edit_stops_the_run_unless_it_is_forced(scaffold: Path, run: Run) -> None:
    file = scaffold / "rendered/prod/hello/manifests/service-hello.yaml"
    original = file.read_text()
    file.write_text(original.replace("port: 80\n", "port: 81\n"))
    result = run("render", "-C", str(scaffold))
    assert result.status == 1
    assert "error[tree/edited]" in result.stderr
    assert "port: 81" in result.stderr
    assert "edited   rendered/prod/hello/manifests/service-hello.yaml" in run("verify", "-C", str(scaffold)).stdout
    assert run("render", "-C", str(scaffold), "--force").status == 0
    assert file.read_text() == original


def test_a_foreign_file_is_reported_and_stays(scaffold: Path, run: Run) -> None:
    file = scaffold / "rendered/prod/notes.txt"
    file.write_text("mine\n")
    result = run("render", "-C", str(scaffold))
    assert result.status == 0
    assert "warning[tree/foreign-file]" in result.stderr
    assert file.read_text() == "mine\n"
    assert run("verify", "-C", str(scaffold)).status == 1


def test_an_environment_that_is_gone_is_not_emptied_by_accident(scaffold: Path, run: Run) -> None:
    (scaffold / "environments/dev.yaml").unlink()
    replace(scaffold / "environments/staging.yaml", "  promotesFrom: dev\n", "")
    result = run("render", "-C", str(scaffold))
    assert result.status == 1
    assert "error[tree/would-empty]" in result.stderr
    assert (scaffold / "rendered/dev").exists()
    assert run("render", "-C", str(scaffold), "--allow-empty").status == 0
    assert not (scaffold / "rendered/dev").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(
            ["render", "--env", "prd"], 2, "no Environment matches `prd`\n   fix: did you mean `prod`?", id="env"
        ),
        pytest.param(
            ["render", "--app", "hallo"], 2, "no App matches `hallo`\n   fix: did you mean `hello`?", id="app"
        ),
        pytest.param(["render", "--nope"], 2, "No such option", id="option"),
        pytest.param(["rendr"], 2, "No such command", id="command"),
        pytest.param(["render", "-C", "/nowhere"], 2, "there is no folder environments/", id="folder"),
    ],
)
def test_usage(scaffold: Path, run: Run, arguments: list[str], status: int, said: str) -> None:
    result = run(*arguments, folder=scaffold)
    assert result.status == status
    assert said in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="folders are not read-only on Windows")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_tree(scaffold: Path, run: Run) -> None:
    folder = scaffold / "rendered/prod/hello/manifests"
    folder.chmod(0o555)
    try:
        replace(scaffold / "environments/prod.yaml", "replicas: 4", "replicas: 5")
        before = tree(scaffold)
        result = run("render", "-C", str(scaffold))
        assert result.status == 2
        assert "nothing was written" in result.stderr
        assert tree(scaffold) == before
    finally:
        folder.chmod(0o755)


def test_the_number_of_processes_changes_nothing(run: Run, tmp_path: Path) -> None:
    write_fleet(tmp_path / "one", 40)
    assert run("render", "-C", "one", "--jobs", "1").status == 0
    write_fleet(tmp_path / "two", 40)
    assert run("render", "-C", "two", "--jobs", "3").status == 0
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    for file in (tmp_path / "one" / "environments").glob("prod/*.yaml"):
        file.write_text(re.sub(r"tag: v[\d.]+", "tag: latest", file.read_text()))
    found = [run("lint", "-C", "one", "--format", "json", "--jobs", jobs) for jobs in ("1", "3")]
    assert found[0].stdout == found[1].stdout
    told = json.loads(found[0].stdout)["findings"]
    places = {
        (one["location"]["file"], one["location"]["line"]) for one in told if one["policy"] == "image-tag-not-pinned"
    }
    assert len(places) == 40, "each release's own line"


def test_the_bytes_are_the_same_everywhere(scaffold: Path, run: Run, tmp_path: Path) -> None:
    """Under another hash seed, locale, time zone, umask and order of files, from a CRLF checkout."""
    expected = tree(scaffold)
    shuffled = random.Random(7)  # noqa: S311 - an order, not a secret
    for seed, locale, zone, umask in ((1, "C", "UTC", 0o077), (2, "C.UTF-8", "Asia/Tokyo", 0o000)):
        copy = tmp_path / f"copy{seed}"
        files = list((scaffold / "environments").rglob("*.yaml"))
        shuffled.shuffle(files)
        for path in files:
            target = copy / path.relative_to(scaffold)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        before = os.umask(umask)
        try:
            result = run("render", "-C", str(copy), PYTHONHASHSEED=str(seed), LC_ALL=locale, TZ=zone)
        finally:
            os.umask(before)
        assert result.status == 0, result.output
        assert tree(copy) == expected
