"""A package imports only from those above it: one direction, read off the imports."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "generator" / "gitopsgen"
LAYERS = ("source", "model", "descriptors", "templating", "rollouts", "policies", "validation", "tree", "git")
ABOVE_ALL = (
    "library",
    "elsewhere",
    "foreign",
    "checking",
    "pipeline",
    "traced_tree",
    "reach",
    "delivery",
    "reports",
    "plugin",
    "cli",
    "__main__",
)
ORDER = (*LAYERS, *ABOVE_ALL)


def layer_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("gitopsgen"):
            found.add(layer_of(node.module))
        elif isinstance(node, ast.Import):
            found |= {layer_of(name.name) for name in node.names if name.name.startswith("gitopsgen")}
    return found - {""}


def test_imports_go_one_way() -> None:
    wrong: list[str] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        layer = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if layer in ("__init__", "scaffold"):
            continue
        assert layer in ORDER, f"{path} is in no layer"
        wrong += [f"{path}: {layer} imports {used}" for used in imports(path) if ORDER.index(used) > ORDER.index(layer)]
    assert not wrong


def test_only_the_command_line_prints() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "cli" in path.relative_to(PACKAGE).parts:
            continue
        names = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
        assert "print" not in names, path
