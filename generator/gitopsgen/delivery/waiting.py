"""Waiting for the cluster, with the clients that people have: ``argocd``, and Argo Rollouts' plugin of kubectl.

Source of what they print: Argo CD v3.2.6, cmd/argocd/commands/app.go and util/errors/errors.go; Argo Rollouts v1.9.2,
pkg/kubectl-argo-rollouts/cmd/status/status.go and cmd/get/get_rollout.go.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from gitopsgen.model.errors import GitopsgenError
from gitopsgen.model.manifest import Manifest
from gitopsgen.rollouts.plan import plan_rollout

_PLUGIN: Final = "kubectl-argo-rollouts"
_INTERVAL_SECONDS: Final = 3.0
_TURN_SECONDS: Final = {False: 30, True: 10}
"""How long Argo CD is waited for between two looks at its conditions, by whether one is in the way."""
_IN_THE_WAY: Final = frozenset({"ComparisonError", "InvalidSpecError"})
_GRACE_SECONDS: Final = 10.0
_DEFAULT_NAMESPACE: Final = "argocd"
_STEP: Final = re.compile(r"^\s*Step:\s*(\d+)/\d+\s*$", re.MULTILINE)
_WHY_DEGRADED: Final = "with message: "
_LOGGED: Final = re.compile(r'(?:\{|time=).*?\bmsg"?[=:]("(?:[^"\\]|\\.)*")')


class Outcome(Enum):
    """How the wait ended."""

    HEALTHY = "healthy"
    PAUSED = "paused"
    FAILED = "failed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """The outcome, and what to say of it."""

    outcome: Outcome
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The programs that are there."""

    argocd: Path
    rollouts: Path | None

    @classmethod
    def find(cls, *, with_rollouts: bool) -> "Clients":
        """Return the clients; that of Argo Rollouts only ``with_rollouts``.

        Raises:
            GitopsgenError: one is missing.
        """
        found: dict[str, Path | None] = {}
        for name in ("argocd", *((_PLUGIN,) if with_rollouts else ())):
            path = shutil.which(name)
            if path is None:
                raise GitopsgenError(
                    f"`--wait` needs {name}, which is not installed", fix="install it, or leave out `--wait`"
                )
            found[name] = Path(path)
        return cls(argocd=Path(found["argocd"] or ""), rollouts=found.get(_PLUGIN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The time in seconds, and how to let it pass."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


def wait(clients: Clients, application: Manifest, rollouts: list[Manifest], *, seconds: int, clock: Clock) -> Waited:
    """Wait until Argo CD has synced ``application``, and then until its ``rollouts`` are done or stand at a gate."""
    deadline = clock.now() + seconds
    refused = _sync(clients.argocd, application, deadline, clock, with_health=not rollouts)
    if refused is not None:
        return refused
    for rollout in rollouts:
        waited = _wait_for(clients, rollout, deadline, clock)
        if waited.outcome is not Outcome.HEALTHY:
            return waited
    return Waited(outcome=Outcome.HEALTHY, message=f"{application.name} is synced and healthy")


def _sync(argocd: Path, application: Manifest, deadline: float, clock: Clock, *, with_health: bool) -> Waited | None:
    """Wait until what was pushed is synced; return what is in the way.

    ``argocd app wait`` knows nothing of conditions: it waits to the end for what cannot be rendered. So it is asked for
    a while at a time, with a look at them between; one that is there at two looks in a row is not a passing one.
    """
    name = application.name
    place = [] if application.namespace in ("", _DEFAULT_NAMESPACE) else ["--app-namespace", application.namespace]
    wanted = ["--sync", "--operation", *(["--health"] if with_health else [])]
    seen = ""
    while True:
        left = max(deadline - clock.now(), 1)
        told = _run([argocd, "app", "get", name, "--refresh", *place, "--output", "json"], left)
        if told.status:
            fix = f"`argocd login`, and `argocd app get {name}`"
            return Waited(outcome=Outcome.FAILED, message=f"argocd: {told.complaint}", fix=fix)
        before, seen = seen, _in_the_way(told.text)
        if seen and before:
            return Waited(
                outcome=Outcome.FAILED, message=f"argocd: {seen}", fix=f"`argocd app get {name}` shows it whole"
            )
        started = clock.now()
        turn = min(_TURN_SECONDS[bool(seen)], max(int(deadline - started), 1))
        told = _run([argocd, "app", "wait", name, *wanted, "--timeout", str(turn), *place], turn + _GRACE_SECONDS)
        if not told.status:
            return None
        over = clock.now() >= deadline
        if over or clock.now() - started < turn:
            return Waited(
                outcome=Outcome.TIMED_OUT if over else Outcome.FAILED,
                message=f"argocd: {seen or told.complaint}",
                fix=f"`argocd app get {name}` shows what it waits for",
            )


def _in_the_way(application: str) -> str:
    """Return the conditions of an Application, as JSON, without whose end nothing is synced."""
    try:
        conditions = (json.loads(application).get("status") or {}).get("conditions") or []
        told = [f"{each['type']}: {each['message']}" for each in conditions if each["type"] in _IN_THE_WAY]
    except (ValueError, AttributeError, KeyError, TypeError):  # what it prints is the client's affair
        return ""
    return " ".join("; ".join(told).split())


def _wait_for(clients: Clients, rollout: Manifest, deadline: float, clock: Clock) -> Waited:
    assert clients.rollouts is not None  # noqa: S101 - for the type checker: it was looked for
    where = ["--namespace", rollout.namespace] if rollout.namespace else []
    command = f"kubectl argo rollouts get rollout {rollout.name} {' '.join(where)}".rstrip()
    while True:
        told = _run([clients.rollouts, "status", rollout.name, *where, "--watch=false"], _GRACE_SECONDS)
        status, _, reason = (part.strip() for part in told.said.partition(" - "))
        match status:
            case "Healthy":
                return Waited(outcome=Outcome.HEALTHY, message=f"{rollout.id} is healthy")
            case "Paused" if _awaits_a_person(clients.rollouts, rollout, where, reason):
                why = f" ({reason})" if reason else ""
                promote = command.replace("get rollout", "promote")
                return Waited(
                    outcome=Outcome.PAUSED,
                    message=f"{rollout.id} stands at a gate{why}: a person decides",
                    fix=f"`{promote}`, or `{command.replace('get rollout', 'abort')}`",
                )
            case "Degraded":
                _, _, reason = told.complaint.partition(_WHY_DEGRADED)
                why = f": {reason}" if reason else ""
                return Waited(outcome=Outcome.FAILED, message=f"{rollout.id} is degraded{why}", fix=f"`{command}`")
            case _ if told.status:
                return Waited(outcome=Outcome.FAILED, message=f"{rollout.id}: {told.complaint}", fix=f"`{command}`")
        if clock.now() >= deadline:
            return Waited(outcome=Outcome.TIMED_OUT, message=f"{rollout.id} is still {told.said}", fix=f"`{command}`")
        clock.sleep(_INTERVAL_SECONDS)


def _awaits_a_person(client: Path, rollout: Manifest, where: list[str], reason: str) -> bool:
    """Tell a gate from a hold, which ends by itself; the plugin calls both paused."""
    steps = plan_rollout(rollout.body).steps
    match reason:
        case "BlueGreenPause":
            return not any(step.waits == "hold" for step in steps)
        case "CanaryPauseStep":
            told = _run([client, "get", "rollout", rollout.name, *where, "--no-color"], _GRACE_SECONDS)
            found = _STEP.search(told.text)
            at = [step for step in steps if found and step.index == int(found[1])]
            return not at or at[0].waits == "gate"
        case _:
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a client printed: all of it, its last line, and its last complaint."""

    status: int
    text: str = ""
    said: str = ""
    complaint: str


def _run(command: list[str | Path], seconds: float) -> _Told:
    try:
        result = subprocess.run(  # noqa: S603 - the user's own clients
            [str(part) for part in command],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return _Told(status=1, complaint=f"no answer in {seconds:.0f} seconds")
    except OSError as error:
        return _Told(status=1, complaint=f"{command[0]} cannot be run: {error.strerror}")
    said, complaint = (text.strip().rpartition("\n")[2].strip() for text in (result.stdout, result.stderr))
    return _Told(
        status=result.returncode,
        text=result.stdout,
        said=said,
        complaint=_plain(complaint) or said or f"it exited with {result.returncode}",
    )


def _plain(line: str) -> str:
    """Return the message of a line of a log, in JSON or as ``key=value``; any other line as it is."""
    found = _LOGGED.match(line)
    try:
        return str(json.loads(found[1])) if found else line
    except ValueError:  # Go quotes some characters as JSON does not
        return line
