"""A pod template as its rules look at it, and the rules that come back in many of its fields.

Source: kubernetes v1.34, pkg/apis/core/validation/validation.go, which the Rollouts controller calls.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gitopsgen.model.finding import Fault
from gitopsgen.model.manifest import Manifest, list_at, text_at
from gitopsgen.model.suggest import did_you_mean
from gitopsgen.rollouts.steps import parse_integer
from gitopsgen.source.location import Path
from gitopsgen.validation.argo_rollouts.rollout import PodTemplate

LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
PORT_NAME: Final = re.compile(r"(?=.{1,15}\Z)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SYSCTL: Final = re.compile(r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?")
LARGEST_PORT: Final = 65_535
_LONGEST_NAME: Final = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """The pods of a Rollout or an Experiment; paths are counted from the pod template.

    ``is_after_1_9`` tells that the controller is 1.10 or later.
    """

    owner: Manifest
    template: PodTemplate
    spec: Mapping[str, Any]
    is_after_1_9: bool

    @property
    def is_judged_by_controller(self) -> bool:
        """Whether the controller looks at the pods itself, as at a Rollout's; else the API server does, and knows more.

        The controller goes from one form of a pod to another as JSON, and some values do not arrive.
        """
        return self.owner.kind == "Rollout"

    def fault(self, rule: str, path: Path, message: str, fix: str = "") -> Fault:
        """Return a fault at ``path`` in the pod template."""
        own = self.template.manifest is self.owner
        return Fault(
            rule=f"argo-rollouts/{rule}",
            manifest=self.template.manifest,
            path=(*self.template.path, *path),
            message=message,
            fix=fix,
            related=() if own else ((self.owner, ("spec", "workloadRef")),),
        )

    def needs(self, body: Mapping[str, Any], key: str, path: Path) -> Iterator[Fault]:
        """Yield a fault when ``key`` is missing or empty."""
        if body.get(key) in (None, "", []):
            yield self.fault("pod-value-missing", (*path, key), f"there is no {key}", f"write `{key}`")

    def one_of(
        self, body: Mapping[str, Any], key: str, known: Iterable[str], path: Path, *, required: bool = False
    ) -> Iterator[Fault]:
        """Yield a fault when ``key`` holds a word that is not known."""
        value = body.get(key)
        if value is None or value == "":
            if required:
                yield from self.needs(body, key, path)
        elif isinstance(value, str) and value not in known:
            yield self.fault(
                "pod-value-unknown", (*path, key), f"`{value[:80]}` is no {key}", did_you_mean(value, known)
            )

    def within(
        self, body: Mapping[str, Any], key: str, lowest: int, highest: int | None, path: Path
    ) -> Iterator[Fault]:
        """Yield a fault when ``key`` holds a number out of range."""
        number = parse_integer(body.get(key))
        if number is None or (number >= lowest and (highest is None or number <= highest)):
            return
        wanted = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"
        yield self.fault("pod-number-out-of-range", (*path, key), f"{key} is {number}", f"write {wanted}")

    def name(self, body: Mapping[str, Any], key: str, pattern: re.Pattern[str], path: Path) -> Iterator[Fault]:
        """Yield a fault when ``key`` holds a name of another form."""
        value = body.get(key)
        if isinstance(value, str) and value and not (pattern.fullmatch(value) and len(value) <= _LONGEST_NAME):
            yield self.fault("pod-name-invalid", (*path, key), f"`{value[:80]}` is no {key}", _NAMES[pattern])

    def exactly_one(self, body: Mapping[str, Any], keys: Sequence[str], path: Path, what: str) -> Iterator[Fault]:
        """Yield a fault unless one of ``keys`` is there, and only one."""
        given = [key for key in keys if body.get(key) is not None]
        if len(given) != 1:
            yield self.fault(
                "pod-needs-one-of",
                (*path, given[1]) if given else path,
                f"{what} has {' and '.join(given)}" if given else f"{what} has none of {', '.join(keys)}",
                "delete all but one" if given else "write one of them",
            )

    def unique(self, names: Iterable[tuple[object, Path]], what: str) -> Iterator[Fault]:
        """Yield a fault for each name that was there before."""
        seen: set[str] = set()
        for name, path in names:
            if isinstance(name, str) and name:
                if name in seen:
                    yield self.fault(
                        "pod-name-twice", path, f"there are two {what} `{name[:80]}`", "rename one of them"
                    )
                seen.add(name)


_NAMES: Final = {
    LABEL: "write lower-case letters, digits and dashes, at most 63",
    SUBDOMAIN: "write lower-case letters, digits, dashes and dots, at most 253",
    SYSCTL: "write lower-case letters, digits, dashes, underscores, dots and slashes",
    PORT_NAME: "write lower-case letters, digits and single dashes, at least one letter, at most 15",
}


def maps(body: object, key: str, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the maps of a list, each with its path."""
    for index, entry in enumerate(list_at(body, key)):
        if isinstance(entry, Mapping):
            yield (*path, key, index), entry


def is_inside(path: str) -> bool:
    """Tell whether a relative path stays inside of its folder."""
    return not path.startswith("/") and ".." not in path.split("/")


def name_of(body: Mapping[str, Any]) -> str:
    """Return ``name``, empty when it is missing."""
    return text_at(body, "name")
