"""``gitopsgen init``: a repository that renders and lints clean at once."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from gitopsgen.cli.console import say
from gitopsgen.cli.exit_status import CLEAN
from gitopsgen.model.errors import GitopsgenError

_RENAMED: Final = {"gitattributes": ".gitattributes", "pre-commit-config.yaml": ".pre-commit-config.yaml"}


def scaffold(folder: Path) -> int:
    """Write the scaffold into ``folder``; what is there already stays as it is.

    Raises:
        GitopsgenError: there are descriptors already, or something cannot be written.
    """
    if (folder / "environments").exists():
        raise GitopsgenError(f"{folder / 'environments'} is there already", fix="run `gitopsgen render`")
    try:
        for file, text in _files(files("gitopsgen.scaffold"), ""):
            path = folder / file
            if path.exists():
                say(f"kept     {file}")
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            say(f"created  {file}")
    except OSError as error:
        raise GitopsgenError(f"{error.filename} cannot be written: {error.strerror}") from error
    where = "" if folder == Path() else f" -C {folder}"
    say(f"next: gitopsgen render{where}")
    return CLEAN


def _files(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = _RENAMED.get(entry.name, entry.name)
        if entry.is_dir() and entry.name != "__pycache__":
            found += _files(entry, f"{prefix}{name}/")
        elif entry.is_file() and not entry.name.endswith((".py", ".pyc")):
            found.append((f"{prefix}{name}", entry.read_text("utf-8")))
    return found
