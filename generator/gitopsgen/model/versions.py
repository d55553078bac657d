"""What runs in an environment: schemas and rules speak for these versions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """``major.minor`` of Kubernetes, Argo Rollouts and Argo CD; the defaults are the ones an Environment gets."""

    kubernetes: str = "1.34"
    argo_rollouts: str = "1.9"
    argo_cd: str = "3.2"


def version_key(text: str) -> tuple[int, ...]:
    """Return ``text`` (``1.34``, ``v1.34.2``) as numbers that compare; what is no number ends it."""
    numbers: list[int] = []
    for part in text.removeprefix("v").split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
