"""The exit statuses that every command keeps to, and scripts rely on."""

from typing import Final

CLEAN: Final = 0
FAULTS: Final = 1
"""Findings, drift, or a faulty file."""
NOT_DONE: Final = 2
"""The run could not be done."""
INTERRUPTED: Final = 130
UNREAD: Final = 141
"""Nobody reads what is printed any more; shells know a program that ended so (SIGPIPE) by this number."""
