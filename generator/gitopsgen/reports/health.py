"""What a running service was found to be: lines for people, data for machines."""

from dataclasses import dataclass
from typing import Any

from gitopsgen.delivery.health import Health
from gitopsgen.delivery.version import ImageVersion
from gitopsgen.reports.plain import counted, printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which release was asked, where, and how often: ``samples`` times in each of ``tries`` rounds."""

    release: str
    version: ImageVersion
    url: str
    samples: int
    tries: int


def health_text(asked: Asked, health: Health) -> str:
    """Return a line for each verdict, and one for all."""
    lines = [f"{one.check:<8} {one.outcome:<9} {printable(one.message)}" for one in health.verdicts]
    tries = counted(asked.tries, "try").replace("trys", "tries")
    well = "not well" if health.failed else "well"
    return "\n".join([*lines, f"{asked.release} {asked.version.tag or asked.version} is {well}, after {tries}"])


def health_data(asked: Asked, health: Health) -> dict[str, Any]:
    """Return the verdicts as plain data; the schema is ``gitopsgen schema output-health``."""
    return {
        "schemaVersion": 1,
        "release": asked.release,
        "version": {"tag": asked.version.tag, "digest": asked.version.digest},
        "url": asked.url,
        "healthy": not health.failed,
        "tries": asked.tries,
        "samples": asked.samples,
        "versions": [{"version": one, "answers": count} for one, count in health.versions.items()],
        "checks": [
            {"check": one.check, "outcome": one.outcome.value, "message": one.message} for one in health.verdicts
        ],
    }
