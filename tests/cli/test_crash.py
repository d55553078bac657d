"""Killed at any moment, a run leaves every file whole, and the next run completes the change."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.conftest import Run, tree


def test_a_run_that_is_killed(scaffold: Path, run: Run, tmp_path: Path) -> None:
    before = tree(scaffold)
    app = scaffold / "environments/apps/hello.yaml"
    app.write_text(app.read_text().replace("tag: v1.0.0", "tag: v2.0.0"))
    finished = tmp_path / "finished"
    shutil.copytree(scaffold, finished)
    start = time.monotonic()
    assert run("render", "-C", str(finished)).status == 0
    whole = time.monotonic() - start
    after = tree(finished)
    assert before.keys() == after.keys()
    assert before != after
    command = [sys.executable, "-m", "gitopsgen.cli.main", "render", "-C", str(scaffold), "--no-cache"]
    written = 0
    for attempt in range(5):
        for file, content in before.items():
            (scaffold / file).write_bytes(content)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        if attempt < 4:
            _await_first_write(scaffold, before, process)
            time.sleep(attempt * 0.003)
        else:
            time.sleep(whole / 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = {file: content for file, content in tree(scaffold).items() if ".gitopsgen-" not in file}
        assert found.keys() == before.keys()
        assert all(content in (before[file], after[file]) for file, content in found.items())
        written += found != before
        assert run("render", "-C", str(scaffold)).status == 0
        assert tree(scaffold) == after
    assert written  # some of the kills came while it wrote, or after


def _await_first_write(folder: Path, before: dict[str, bytes], process: subprocess.Popen[bytes]) -> None:
    """Wait until a file of the tree changes, or the run ends."""
    while process.poll() is None:
        if tree(folder) != before:
            return
