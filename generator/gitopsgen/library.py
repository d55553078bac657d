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
    """The built-in library and the repository ``root``'s own files, which take the place of equal ones.

    ``more_policies`` are further folders of policies.
    """

    root: Path
    more_policies: tuple[Path, ...] = ()

    @cached_property
    def templates(self) -> TemplateLibrary:
        """The templates."""
        return TemplateLibrary(builtin=builtin("templates"), own=self._own("templates"))

    @property
    def policies(self) -> tuple[Path, ...]:
        """The folders of policies, the built-in ones first; a file takes the place of an equal one in those before.

        Raises:
            GitopsgenError: one of ``more_policies`` is no folder.
        """
        own = self._own("policies")
        for folder in self.more_policies:
            if not folder.is_dir():
                raise GitopsgenError(f"there is no folder {folder}", fix="name a folder that holds policy files")
        return (builtin("policies"), *([own] if own else []), *self.more_policies)

    def _own(self, folder: str) -> Path | None:
        own = self.root / folder
        return own if own.is_dir() and own.resolve() != builtin(folder).resolve() else None
