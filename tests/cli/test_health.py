"""``healthcheck`` against a real server: what it asks, and what each way of answering comes to."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Run

DESCRIPTORS = """\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {name: api}
spec:
  image: {repository: ghcr.io/x/api, tag: v1.2.0}
  ports: {http: 8000}
  health: {ready: /ready}
  metrics: {path: /metrics}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {name: prod}
spec: {tier: production, namespace: prod, argocd: {repoURL: https://x/y}, apps: {api: {}}}
"""
SERIES = '# TYPE http_requests_total counter\nhttp_requests_total 1\nhttp_request_duration_seconds_bucket{le="1"} 1\n'
Page = tuple[int, str]
Serve = Callable[[dict[str, list[Page]]], str]
WELL: dict[str, list[Page]] = {"/ready": [(200, '{"version": "1.2.0"}')], "/metrics": [(200, SERIES)]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/all.yaml").write_text(DESCRIPTORS)
    return tmp_path


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that give each path its answers one by one, the last for ever; a 3xx leads to its text."""
    servers: list[ThreadingHTTPServer] = []

    def start(pages: dict[str, list[Page]]) -> str:
        left = {path: list(answers) for path, answers in pages.items()}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers = left.get(self.path, [(404, "")])
                status, text = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", text)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def outcomes(stdout: str) -> dict[str, tuple[str, str]]:
    return {one["check"]: (one["outcome"], one["message"]) for one in json.loads(stdout)["checks"]}


def test_a_service_that_becomes_ready_is_asked_until_it_is(folder: Path, run: Run, serve: Serve) -> None:
    url = serve({**WELL, "/ready": [(503, ""), (200, '{"version": "v1.2.0"}')]})
    result = run("healthcheck", "prod/api", "--url", url, "--timeout", "20s", folder=folder)
    assert result.status == 0, result.output
    assert result.stderr == f"not yet: ready: {url}/ready answers 503, not 200; again in 1 s\n"
    assert result.stdout.splitlines() == [
        f"ready    ok        {url}/ready answers 200 (5 of 5 answers)",
        "version  ok        v1.2.0 runs (5 of 5 answers)",
        "metrics  ok        http_requests_total, http_request_duration_seconds_bucket are there",
        "prod/api v1.2.0 is well, after 2 tries",
    ]


@pytest.mark.parametrize(
    ("pages", "check", "expected"),
    [
        pytest.param(
            {"/ready": [(200, '{"version": "1.1.0"}')]}, "version", "failed: 1.1.0 runs, not v1.2.0", id="old"
        ),
        pytest.param(
            {"/metrics": [(200, "up 1\n")]},
            "metrics",
            "failed: URL/metrics has no http_requests_total, http_request_duration_seconds_bucket",
            id="no series",
        ),
        pytest.param({"/ready": [(503, "")]}, "ready", "failed: URL/ready answers 503, not 200", id="never ready"),
        pytest.param(
            {"/ready": [(302, "/ready")]}, "ready", "failed: URL/ready redirects more than 5 times", id="redirect loop"
        ),
        pytest.param(
            {"/ready": [(302, "http://login.invalid/")]},
            "ready",
            "failed: URL/ready redirects to another host: http://login.invalid/",
            id="login page",
        ),
    ],
)
def test_what_fails(
    folder: Path, run: Run, serve: Serve, pages: dict[str, list[Page]], check: str, expected: str
) -> None:
    url = serve({**WELL, **pages})
    result = run("healthcheck", "prod/api", "--url", url, "--timeout", "0", "--format", "json", folder=folder)
    assert result.status == 1
    assert ": ".join(outcomes(result.stdout)[check]) == expected.replace("URL", url)


def test_a_version_is_one_with_a_line_break_after_it(folder: Path, run: Run, serve: Serve) -> None:
    url = serve({**WELL, "/ready": [(200, '{"version": "v1.2.0\\n"}')]})
    result = run("healthcheck", "prod/api", "--url", url, "--timeout", "0", "--format", "json", folder=folder)
    assert outcomes(result.stdout)["version"] == ("ok", "v1.2.0 runs (5 of 5 answers)")


def test_a_version_that_nothing_tells_is_no_pass_and_no_failure(folder: Path, run: Run, serve: Serve) -> None:
    url = serve({**WELL, "/ready": [(200, "fine")], "/version": [(200, "v1.2.0\n")]})
    ask = ("healthcheck", "prod/api", "--url", url, "--timeout", "0", "--format", "json")
    silent = run(*ask, folder=folder)
    assert (silent.status, outcomes(silent.stdout)["version"][0]) == (0, "not told")
    assert outcomes(run(*ask, "--version-path", "/version", "--samples", "1", folder=folder).stdout)["version"] == (
        "ok",
        "v1.2.0 runs",
    )


def test_what_does_not_speak_http_and_what_does_not_listen(folder: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def talk() -> None:
            for _ in range(2):
                with server.accept()[0] as connection:
                    connection.recv(4096)
                    connection.sendall(b"SSH-2.0-x\r\n")

        threading.Thread(target=talk, daemon=True).start()
        ask = ("healthcheck", "prod/api", "--url", url, "--timeout", "0", "--format", "json")
        result = run(*ask, folder=folder)
    assert (result.status, outcomes(result.stdout)["ready"]) == (
        1,
        ("failed", f"{url}/ready does not speak HTTP: BadStatusLine"),
    )
    result = run(*ask, folder=folder)
    assert (result.status, outcomes(result.stdout)["ready"]) == (
        1,
        ("failed", f"{url}/ready cannot be reached: Connection refused"),
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["prod/apii"], "there is no release prod/apii", id="no release"),
        pytest.param(["prod/api"], "prod/api has no ingress, and no address was given", id="no address"),
        pytest.param(["prod/api", "--url", "file:///etc/passwd"], "--url is no address to ask", id="no http"),
        pytest.param(
            ["prod/api", "--url", "http://x", "--timeout", "soon"], "--timeout `soon` is no duration", id="time"
        ),
    ],
)
def test_what_cannot_be_asked(folder: Path, run: Run, arguments: list[str], said: str) -> None:
    result = run("healthcheck", *arguments, folder=folder)
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {said}\n   fix: "), result.stderr
