"""Where the built-in templates and policies lie: beside the package's source, or inside the installed package."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.templating.library import TemplateLibrary

_PACKAGE: Final = Path(__file__).resolve().parent


def builtin(folder: str) -> Path:
    """Return the built-in ``templates`` or ``policies``: an editable install reads them in place.

    Raises:
        GitopsgenError: the installation is not whole.
    """
    for place in (_PACKAGE / "library" / folder, _PACKAGE.parent.parent / folder):
        if place.is_dir():
            return place
    raise GitopsgenError(f"the built-in {folder} are missing from the installation", fix="install gitopsgen again")


@dataclass(frozen=True, kw_only=True)
class Library:
    """The built-in library and the repository ``root``'s own files, which take the place of equal ones."""

    root: Path

    @cached_property
    def templates(self) -> TemplateLibrary:
        """The templates."""
        return TemplateLibrary(builtin=builtin("templates"), own=self._own("templates"))

    @property
    def policies(self) -> tuple[Path, Path | None]:
        """The folders of the built-in and of the repository's own policies."""
        return builtin("policies"), self._own("policies")

    def _own(self, folder: str) -> Path | None:
        own = self.root / folder
        return own if own.is_dir() and own.resolve() != builtin(folder).resolve() else None
