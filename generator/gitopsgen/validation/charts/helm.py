"""``helm template`` by sub-process, as Argo CD calls it: a chart and values to documents. It never asks the network.

Source: Argo CD v3.2.6, util/helm/cmd.go (template) and reposerver/repository (helmTemplate); Helm 3 and 4,
``helm template --help``.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitopsgen.source.emitter import emit
from gitopsgen.validation.charts.sources import Chart

_DOCUMENT: Final = re.compile(r"^---\n# Source: (.+)\n", re.MULTILINE)
_SECONDS: Final = 60
_APIS: Final = ("argoproj.io/v1alpha1", "monitoring.coreos.com/v1")
"""What a chart may ask for with ``.Capabilities.APIVersions.Has``, beside what Helm knows itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of helm: the chart, the name and namespace of the release, and the version of Kubernetes."""

    chart: Chart
    name: str
    namespace: str
    kubernetes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One document of the output: the template that drew it (``sample-api/templates/rollout.yaml``), and its text."""

    source: str
    text: str


class HelmRefusesError(Exception):
    """helm does not draw this chart from these values; the message is helm's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helm:
    """The helm at ``executable``; ``memory`` is a folder in which its answers are kept, ``None`` for none."""

    executable: Path
    memory: Path | None = None

    def draw(self, call: Call, values: Mapping[str, object]) -> tuple[Part, ...]:
        """Return what the chart draws from ``values``.

        Raises:
            HelmRefusesError: helm fails, or does not end within a minute.
        """
        text = emit(values)
        kept = self._kept(call, text)
        output = _read(kept)
        if output is None:
            output = self._run(call, text)
            if kept:
                _keep(kept, output)
        pieces = _DOCUMENT.split(output)
        return tuple(Part(source=source, text=piece) for source, piece in zip(pieces[1::2], pieces[2::2], strict=True))

    def _run(self, call: Call, values: str) -> str:
        import tempfile  # noqa: PLC0415 - few Apps are drawn by charts

        with tempfile.TemporaryDirectory(prefix="gitopsgen-") as folder:
            file = Path(folder) / "values.yaml"
            file.write_text(values, encoding="utf-8")
            options = ["--namespace", call.namespace, "--values", str(file), "--include-crds", "--skip-tests"]
            options += ["--kube-version", call.kubernetes]
            options += [option for api in _APIS for option in ("--api-versions", api)]
            command = [str(self.executable), "template", call.name, str(call.chart.place), *options]
            try:
                result = subprocess.run(  # noqa: S603 - helm, with arguments of our own
                    command, capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                raise HelmRefusesError(f"helm does not end within {_SECONDS} s") from None
            except (OSError, UnicodeDecodeError) as error:
                raise HelmRefusesError(f"helm cannot be run: {error}") from None
        if result.returncode:
            raise HelmRefusesError(_first_error(result.stderr))
        return result.stdout

    def _kept(self, call: Call, values: str) -> Path | None:
        """Return the file in which the answer to this question is kept."""
        if self.memory is None:
            return None
        helm = self.executable.resolve().stat()
        said = (str(self.executable), helm.st_size, helm.st_mtime_ns, call.name, call.namespace, call.kubernetes)
        question = repr((said, digest(call.chart.place), values))
        return self.memory / hashlib.sha256(question.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What draws the charts of the repository ``root``: ``helm``, and the folders where it keeps what it pulled."""

    root: Path
    helm: Helm | None = None
    caches: tuple[Path, ...] = ()


def digest(place: Path) -> str:
    """Return a digest over the names and bytes of a chart's files."""
    files = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    summed = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        name = str(path.relative_to(place.parent)).encode("utf-8", "surrogateescape")
        summed.update(b"%d %d\0%b%b" % (len(name), len(content), name, content))
    return summed.hexdigest()


def _first_error(said: str) -> str:
    """Return what helm complains of, in one line and without its advice."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [
        line.removeprefix("Error: ") for line in lines if not line.startswith(("Use --debug", "WARNING", "level="))
    ]
    return "; ".join(wrong) or "helm fails and does not say why"


def _read(kept: Path | None) -> str | None:
    if kept is None:
        return None
    try:
        return kept.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _keep(kept: Path, output: str) -> None:
    with suppress(OSError):  # a memory that cannot be kept is none
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_suffix(f".{os.getpid()}")
        temporary.write_text(output, encoding="utf-8")
        temporary.replace(kept)
