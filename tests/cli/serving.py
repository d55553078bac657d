"""A server that answers each path as a test wants it, over HTTP or TLS."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

Reply = Callable[[BaseHTTPRequestHandler], None]
"""Writes the answer to one request."""


def page(text: str | bytes = "", status: int = 200, **headers: str) -> Reply:
    """Return what answers with a text; ``Content_Type`` stands for that header."""

    def reply(request: BaseHTTPRequestHandler) -> None:
        content = text.encode() if isinstance(text, str) else text
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return reply


def in_turn(*replies: Reply) -> Reply:
    """Return what answers in one way after another, and begins again."""
    number = count()

    def reply(request: BaseHTTPRequestHandler) -> None:
        replies[next(number) % len(replies)](request)

    return reply


def first(*replies: Reply) -> Reply:
    """Return what answers in one way after another, and stays with the last."""
    left = list(replies)

    def reply(request: BaseHTTPRequestHandler) -> None:
        next_reply = left.pop(0) if len(left) > 1 else left[0]
        next_reply(request)

    return reply


class _Server(ThreadingHTTPServer):
    """Listens on IPv4 or IPv6; a handshake that fails ends with its connection."""

    daemon_threads = True

    def __init__(self, host: str, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.tls = tls
        super().__init__((host, 0), handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_: object) -> None:
        """Say nothing: the other side had enough."""


@contextmanager
def serving(replies: dict[str, Reply], host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Give the port of a server that answers each path, and any other with 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(ConnectionError, ssl.SSLError):
                replies.get(self.path, page(status=404))(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Server(host, Handler, tls)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
