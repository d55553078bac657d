"""Measure what it costs to know where values come from: ``bench/provenance.py [--apps N] [--rounds N]``."""

import argparse
import ast
import compileall
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from fleet import write_fleet  # type: ignore[import-not-found] # beside this script
from run import Cost, least, measure, median, require_same  # type: ignore[import-not-found] # beside this script

_PROJECT: Final = Path(__file__).resolve().parent.parent
_SEAMED: Final = ("release_run.py", "strategy.py", "patches.py")
_SEAMS: Final = ("because", "like", "spared")
_UNTIED: Final = "render, without the seams"


class _Untied(ast.NodeTransformer):
    """Puts in the place of each seam the value that it hands on, and counts them."""

    seams = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return the first argument of a call that is a seam."""
        self.generic_visit(node)
        match node.func:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in _SEAMS:
                self.seams += 1
                return node.args[0]
        return node


def write_tool(folder: Path, *, untied: bool) -> Path:
    """Copy the tool, compiled, and return the folder to import it from; ``untied``: as if nobody asked for origins."""
    target = folder / "generator"
    shutil.copytree(_PROJECT / "generator", target, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("templates", "policies"):
        (folder / name).symlink_to(_PROJECT / name)
    if untied:
        transformer = _Untied()
        for name in _SEAMED:
            file = target / "gitopsgen" / "templating" / name
            file.write_text(ast.unparse(transformer.visit(ast.parse(file.read_text()))))
        print(f"{transformer.seams} seams taken out", file=sys.stderr)
    compileall.compile_dir(target, quiet=1)
    return target


def run_tool(tool: Path, arguments: tuple[str, ...], *, findings: bool = False) -> Cost:
    """Return what a command of the tool below ``tool`` cost; with ``findings`` it is one that ends with 1."""
    command = (sys.executable, "-m", "gitopsgen.cli.main", *arguments)
    environment = {**os.environ, "PYTHONPATH": str(tool)}
    return measure(command, environment, (1,) if findings else (0,))


def render_both(root: Path, untied: Path, tool: Path, rounds: int) -> dict[str, list[Cost]]:
    """Render the fleet in ``root`` by the tool as it is and without the seams, in turn; they must write the same."""
    costs: dict[str, list[Cost]] = {_UNTIED: [], "render, as it is": []}
    for _ in range(rounds):
        for (what, kept), which in zip(costs.items(), (untied, tool), strict=True):
            shutil.rmtree(root / "rendered", ignore_errors=True)
            kept.append(run_tool(which, ("render", "--no-cache", "-C", str(root))))
            if what == _UNTIED:
                shutil.rmtree(root.parent / "untied-tree", ignore_errors=True)
                shutil.copytree(root / "rendered", root.parent / "untied-tree")
        require_same(root.parent / "untied-tree", root / "rendered")
    return costs


def ask(root: Path, tool: Path, rounds: int) -> dict[str, list[Cost]]:
    """Measure what asks where a value comes from, in a rendered fleet."""
    at, name = ("-C", str(root)), "prod/app-00001"
    line = f"rendered/{name}/manifests/rollout-app-00001.yaml:24"
    commands = {
        "explain a key": ("explain", name, "replicas", *at),
        "explain a line": ("explain", line, *at),
        "affected by an edit of an App": ("affected", f"{root}/environments/apps/app-00001.yaml", *at),
    }
    costs = {what: [run_tool(tool, command) for _ in range(rounds)] for what, command in commands.items()}
    fault = ("render", "--no-cache", *at)
    ours = (root / "environments").glob("*/app-00001.yaml"), (root / "environments").glob("*/app-*.yaml")
    for what, files in zip(("with findings in three releases", "with findings in every release"), ours, strict=True):
        for file in files:
            file.write_text(re.sub(r"tag: v[\d.]+", "tag: latest", file.read_text()))
        costs[f"render, {what}"] = [run_tool(tool, fault, findings=True) for _ in range(rounds)]
    return costs


def main() -> None:
    """Print a table: what each run cost, and its CPU time against a render that knows nothing of where values come from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, default=167, help="Apps, each in three Environments")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repository")
        releases = write_fleet(root, arguments.apps)
        tool = write_tool(Path(folder, "tool"), untied=False)
        costs = render_both(root, write_tool(Path(folder, "untied"), untied=True), tool, arguments.rounds)
        costs |= ask(root, tool, arguments.rounds)
    base = least(costs[_UNTIED])
    print("| releases | run | wall | least CPU | CPU against the first |\n|---:|---|---:|---:|---:|")
    for what, kept in costs.items():
        ratio = f"{least(kept) / base:.3f} ×"  # noqa: RUF001 - the sign of times
        print(f"| {releases} | {what} | {median(kept).wall:.2f} s | {least(kept):.2f} s | {ratio} |")


if __name__ == "__main__":
    main()
