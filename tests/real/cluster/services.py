"""Everything that the cluster's programs would reach by name, answered by one server on this machine.

Go's programs send what they ask of the cluster's names to the proxy that their environment names. This is that proxy, and
it answers by itself: Prometheus with the values it is told, a service's health with ``ok``.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(kw_only=True)
class Services:
    """The answers: ``values`` by a part of the query, and the ``versions`` that services say they run, in turn."""

    port: int = 0
    values: dict[str, float] = field(default_factory=dict)
    versions: list[str] = field(default_factory=lambda: [""])
    asked: list[str] = field(default_factory=list)
    answered: int = 0

    @property
    def address(self) -> str:
        """The proxy's address."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, body: str) -> str:
        """Return the answer to a request."""
        query = parse_qs(urlsplit(path).query or body).get("query", [""])[0]
        if "/api/v1/query" in path:
            self.asked.append(query)
            value = next((value for part, value in self.values.items() if part in query), 1.0)
            result = [{"metric": {}, "value": [0, str(value)]}]
            return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})
        if path.endswith("/metrics"):
            return 'http_requests_total{status="200"} 1\nhttp_request_duration_seconds_bucket{le="0.5"} 1\n'
        self.answered += 1
        return json.dumps({"status": "ok", "version": self.versions[self.answered % len(self.versions)]})


@contextmanager
def serving() -> Iterator[Services]:
    """Give the services, answering until the end."""
    services = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

        def _answer(self, body: str) -> None:
            said = services.answer(self.path, body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    services.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
