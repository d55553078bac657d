"""The exit statuses that every command keeps to, and scripts rely on."""

from typing import Final

CLEAN: Final = 0
FAULTS: Final = 1
"""Findings, drift, or a faulty file."""
NOT_DONE: Final = 2
"""The run could not be done."""
INTERRUPTED: Final = 130
