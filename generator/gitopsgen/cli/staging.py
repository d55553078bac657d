"""``--staged``, for commit hooks: what is rendered is part of the commit."""

from pathlib import Path
from typing import Final

from gitopsgen.cli.console import note
from gitopsgen.cli.exit_status import CLEAN, FAULTS
from gitopsgen.git.worktree import unstaged
from gitopsgen.tree.state import TREE

_MOST_NAMED: Final = 10


def with_staging(status: int, root: Path) -> int:
    """Return ``status``; that of a fault when all is clean and a file of the tree is not staged as it is.

    Raises:
        GitopsgenError: ``root`` is in no git repository.
    """
    left = unstaged(root, [TREE]) if status == CLEAN else []
    if not left:
        return status
    for file in left[:_MOST_NAMED]:
        note(f"not staged: {file}")
    if len(left) > _MOST_NAMED:
        note(f"and {len(left) - _MOST_NAMED} more")
    note(f"stage what is rendered, and commit again: `git add {(root / TREE).as_posix()}`")
    return FAULTS
