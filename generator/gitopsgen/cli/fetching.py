"""What lies at an address, or in a cluster: bounded in time and size, with errors that say what to do."""

import base64
import subprocess
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.response import addinfourl

from gitopsgen import __version__
from gitopsgen.model.errors import GitopsgenError

_SECONDS: Final = 30.0
_MAX_BYTES: Final = 64 * 1024 * 1024
_PIECE: Final = 64 * 1024
_NOTHING_THERE: Final = (404, 410)
_WHAT_ELSE: Final = "try again, or get the CustomResourceDefinitions as files and pull those"
_SCHEMES: Final = ("https", "http", "file")
_DEFINITIONS: Final = "customresourcedefinitions.apiextensions.k8s.io"


def is_address(text: str) -> bool:
    """Tell whether ``text`` is an address, and no path."""
    return "://" in text


def fetch(address: str, seconds: float = _SECONDS) -> str | None:
    """Return the text at an address; ``None`` when there is nothing there.

    Raises:
        GitopsgenError: it does not answer within ``seconds``, refuses, is too large, or is no text.
    """
    shown = without_user(address)
    if urlsplit(address).scheme not in _SCHEMES:
        raise GitopsgenError(f"{shown} cannot be fetched", fix=f"an address starts with {', '.join(_SCHEMES)}")
    request = urllib.request.Request(shown, headers=_headers(address))  # noqa: S310 - see above
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - the same
            return read_content(answer, seconds, _MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GitopsgenError(f"{shown} is no text in UTF-8") from None
    except urllib.error.HTTPError as error:
        if error.code in _NOTHING_THERE:
            return None
        raise GitopsgenError(f"{shown} answers {error.code} {error.reason}", fix=_WHAT_ELSE) from None
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, FileNotFoundError):
            return None
        said = f"does not answer within {seconds:g} seconds" if isinstance(reason, TimeoutError) else f"fails: {reason}"
        raise GitopsgenError(f"{shown} {said}", fix=_WHAT_ELSE) from None


def without_user(address: str) -> str:
    """Return an address without the name and password that it may hold."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _headers(address: str) -> dict[str, str]:
    user, at, _ = urlsplit(address).netloc.rpartition("@")
    secret = base64.b64encode(unquote(user).encode()).decode()
    return {"User-Agent": f"gitopsgen/{__version__}", **({"Authorization": f"Basic {secret}"} if at else {})}


def read_content(answer: addinfourl, seconds: float, most: int) -> bytes:
    """Return all of an answer; one that trickles is ended as one that is silent.

    Raises:
        TimeoutError: it goes on after ``seconds``.
        ValueError: it has more than ``most`` bytes, or fewer than it announced.
    """
    until = time.monotonic() + seconds
    # An answer of HTTP gives what has come; a plain read waits until the whole piece has.
    read = getattr(answer, "read1", answer.read)
    content = bytearray()
    while piece := read(_PIECE):
        content += piece
        if len(content) > most:
            raise ValueError(f"it has more than {most // 1_000_000} MB")
        if time.monotonic() > until:
            raise TimeoutError
    announced = answer.headers.get("Content-Length", "")
    if announced.isdigit() and len(content) < int(announced):
        raise ValueError(f"it broke off after {len(content)} of {announced} bytes")
    return bytes(content)


def cluster_definitions(kubectl: str | None, context: str) -> str:
    """Return the CustomResourceDefinitions of a cluster as JSON, read by ``kubectl``.

    Raises:
        GitopsgenError: kubectl is not there, does not end, or fails.
    """
    if kubectl is None:
        raise GitopsgenError(
            "kubectl is not installed, and is to read the cluster",
            fix=f"where it is, run `kubectl get {_DEFINITIONS} -o json > crds.json`, and pull that file",
        )
    command = [kubectl, "get", _DEFINITIONS, "-o", "json", f"--request-timeout={_SECONDS:g}s"]
    try:
        result = subprocess.run(  # noqa: S603 - a program found on PATH, and no shell
            [*command, *(["--context", context] if context else [])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=2 * _SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitopsgenError(
            f"kubectl did not end within {2 * _SECONDS:g} seconds", fix="can it reach the cluster?"
        ) from None
    except OSError as error:
        raise GitopsgenError(f"kubectl at {kubectl} cannot be run: {error.strerror}") from None
    if result.returncode:
        said = next((line.strip() for line in result.stderr.splitlines() if line.strip()), "")
        raise GitopsgenError(f"kubectl cannot list {_DEFINITIONS}: {said or f'it exited with {result.returncode}'}")
    return result.stdout
