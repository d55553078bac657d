"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from gitopsgen.model.engine import EngineName
from gitopsgen.reports import Format

Repo: TypeAlias = Annotated[Path, typer.Option("-C", "--repo", help="The repository.", show_default="this folder")]
Env: TypeAlias = Annotated[
    list[str] | None, typer.Option("--env", help="Only these Environments: a name or a glob, repeatable.")
]
App: TypeAlias = Annotated[
    list[str] | None, typer.Option("--app", help="Only these Apps: a name or a glob, repeatable.")
]
FormatOption: TypeAlias = Annotated[
    Format | None, typer.Option("--format", help="How findings are printed.", show_default="text")
]
OutputOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--output", metavar="FORMAT[=FILE]", help="Several formats in one run: repeatable, one without FILE."),
]
Select: TypeAlias = Annotated[list[str] | None, typer.Option("--select", help="Only these rules: an id or a glob.")]
Ignore: TypeAlias = Annotated[list[str] | None, typer.Option("--ignore", help="Not these rules: an id or a glob.")]
Jobs: TypeAlias = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 for one a core.")]
SchemaEngineOption: TypeAlias = Annotated[
    EngineName | None,
    typer.Option(
        "--schema-engine",
        help="What holds objects against their schemas; the program kubeconform when it is installed.",
        show_default="embedded, or what policies/config.yaml says",
    ),
]
Staged: TypeAlias = Annotated[
    bool,
    typer.Option("--staged", help="As a commit hook: exit 1 also where a file under rendered/ is not staged as it is."),
]
PolicySet: TypeAlias = Annotated[
    str,
    typer.Option(
        "--policy-set", help="baseline or strict.", show_default="baseline, or what policies/config.yaml says"
    ),
]
PolicyFolders: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option("--policy", metavar="DIR", help="A further folder of policies, repeatable."),
]
HERE: Final = Path()
