"""Asking a running service over HTTP: one question, bounded in time and size, and a plain reason when nothing comes."""

import ipaddress
import re
import socket
import ssl
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, HTTPResponse, InvalidURL, RemoteDisconnected
from os import environ
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from gitopsgen import __version__
from gitopsgen.cli.fetching import read_content
from gitopsgen.delivery.health import Answer, Silence
from gitopsgen.model.errors import GitopsgenError

_MAX_BYTES: Final = 16 * 1024 * 1024
_REDIRECTS: Final = range(300, 400)
_GZIP: Final = 16 + zlib.MAX_WBITS
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
"""A header field. Source: RFC 9110, sections 5.1 and 5.5."""
_RESERVED: Final = "!#$%&'()*+,/:;=?@[]~"
_TLS_ALERT: Final = "\x15\x03"
"""How a server of TLS answers what is no TLS. Source: RFC 8446, section 5.1."""
_WRONG_NAME: Final = (62, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_NOT_IN_TIME: Final = (9, 10)
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Takes every status as an answer, redirects among them."""

    def http_response(
        self,
        request: urllib.request.Request,  # noqa: ARG002 - the base class gives it
        response: HTTPResponse,
    ) -> HTTPResponse:
        """Return the response as it is."""
        return response

    https_response = http_response


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """Asks with ``headers``, which go to ``host`` alone, through the proxy that the environment names for others.

    What listens on this machine is asked without a proxy, as Go's programs do.
    """

    headers: Mapping[str, str]
    host: str
    through_proxy: urllib.request.OpenerDirector
    direct: urllib.request.OpenerDirector

    @classmethod
    def to(cls, url: str, headers: Mapping[str, str]) -> "Prober":
        """Return what asks the host of ``url``."""
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        return cls(
            headers=headers,
            host=urlsplit(url).hostname or "",
            through_proxy=urllib.request.build_opener(_AnyStatus, tls),
            direct=urllib.request.build_opener(_AnyStatus, tls, urllib.request.ProxyHandler({})),
        )

    def ask(self, url: str, seconds: float) -> Answer | Silence:
        """Return what ``url`` answers within ``seconds``, or why there is nothing."""
        host = urlsplit(url).hostname or ""
        sent = {"User-Agent": f"gitopsgen/{__version__}", **(self.headers if host == self.host else {})}
        opener = self.direct if _is_here(host) else self.through_proxy
        try:
            request = urllib.request.Request(_ascii(url), headers=sent)  # noqa: S310 - http(s): who asks sees to it
            return _within(seconds, lambda: _asked(opener, request, seconds))
        except (OSError, ValueError, HTTPException, zlib.error) as error:
            reason = getattr(error, "reason", error)
            proxy = "" if opener is self.direct else _proxy_for(url)
            if not proxy:
                return Silence(reason=f"{url} {_why(reason, url, seconds)}")
            # It is the proxy's name that was not found.
            why = _unreachable(reason) if isinstance(reason, socket.gaierror) else _why(reason, url, seconds)
            return Silence(reason=f"{url} {why}, through the proxy {proxy}")


def parse_headers(given: tuple[str, ...]) -> dict[str, str]:
    """Return the headers of ``NAME:VALUE``, or of ``@FILE`` with one a line; a value is never part of an error.

    Raises:
        GitopsgenError: one is no header, or a file cannot be read.
    """
    headers: dict[str, str] = {}
    for text in given:
        for line in _lines(text[1:]) if text.startswith("@") else [text]:
            match = _HEADER.fullmatch(line.strip())
            if not match:
                name = line.partition(":")[0] if ":" in line else ""
                what = f"`--header` {name}" if re.fullmatch(r"[A-Za-z0-9-]+", name) else "a `--header`"
                raise GitopsgenError(f"{what} is no header", fix="write NAME:VALUE, or @FILE with one a line")
            headers[match[1]] = match[2].rstrip()
    return headers


def _lines(file: str) -> list[str]:
    try:
        return [line for line in Path(file).read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise GitopsgenError(f"`--header @{file}`: {error.strerror}", fix="name a file with NAME:VALUE lines") from None
    except UnicodeDecodeError:
        raise GitopsgenError(f"`--header @{file}`: it is no text in UTF-8") from None


def without_secrets(text: str, headers: Mapping[str, str]) -> str:
    """Return ``text`` without what the headers held, which a service may repeat."""
    values = {part for name, value in headers.items() if name.lower() != "host" for part in (value, *value.split())}
    for value in sorted(values, key=len, reverse=True):
        if len(value) > len("Bearer"):
            text = text.replace(value, "***")
    return text


def _within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """Return what ``ask`` returns; a name that is slow to resolve and bytes that trickle end in time, too.

    Raises:
        TimeoutError: ``seconds`` have passed; what asks is left to itself.
    """
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future.result(seconds)


def _asked(opener: urllib.request.OpenerDirector, request: urllib.request.Request, seconds: float) -> Answer:
    with opener.open(request, timeout=seconds) as answer:
        content = read_content(answer, seconds, _MAX_BYTES)
        encoding = (answer.headers.get("Content-Encoding") or "identity").lower()
        if encoding in ("gzip", "x-gzip"):
            content = _unpacked(content)
        elif encoding != "identity":
            raise ValueError(f"the answer is in the encoding {encoding!a}, which was not asked for")
        return Answer(
            status=answer.status,
            text=content.decode("utf-8-sig", "replace"),
            location=(answer.headers.get("Location") or "") if answer.status in _REDIRECTS else "",
            media_type=answer.headers.get_content_type() if "Content-Type" in answer.headers else "",
        )


def _unpacked(content: bytes) -> bytes:
    unpacked = zlib.decompressobj(_GZIP).decompress(content, _MAX_BYTES + 1)
    if len(unpacked) > _MAX_BYTES:
        raise ValueError(f"it has more than {_MAX_BYTES // 1_000_000} MB")
    return unpacked


def _ascii(url: str) -> str:
    """Return an address as it is sent: names of hosts in IDNA, other characters than ASCII quoted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    netloc = parts.netloc if host.isascii() else parts.netloc.replace(host, host.encode("idna").decode())
    return urlunsplit(
        parts._replace(netloc=netloc, path=quote(parts.path, _RESERVED), query=quote(parts.query, _RESERVED))
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _proxy_for(url: str) -> str:
    """Return the proxy between here and ``url``, without a user; empty when there is none."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme, "")
    if not proxy or urllib.request.proxy_bypass(parts.netloc):
        return ""
    return proxy.rpartition("@")[2]


def _why(reason: object, url: str, seconds: float) -> str:
    match reason:
        case TimeoutError():
            return f"does not answer within {seconds:.3g} s"
        case ssl.SSLError():
            return _why_no_tls(reason, url)
        case RemoteDisconnected() | ConnectionResetError():
            return f"ends the connection without an answer{': is it https://?' * url.startswith('http://')}"
        case BadStatusLine() if str(reason).startswith(_TLS_ALERT):
            return "speaks TLS: is it https://?"
        case InvalidURL():
            return f"is no address to ask: {reason}"
        case HTTPException():
            return f"does not speak HTTP: {type(reason).__name__}"
        case zlib.error():
            return "cannot be read: it says gzip, and is not"
        case socket.gaierror():
            host = urlsplit(url).hostname
            return f"{_unreachable(reason)} (`--url http://ADDRESS --header Host:{host}` needs no DNS)"
        case OSError() if reason.strerror:
            return _unreachable(reason)
        case _:
            return f"cannot be read: {reason}"


def _unreachable(reason: OSError) -> str:
    return f"cannot be reached: {reason.strerror}"


def _why_no_tls(error: ssl.SSLError, url: str) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return _distrust(error, url)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "ends the connection before TLS is agreed on"
        case _:
            return f"does not speak TLS as expected ({error.reason}): is it http://?"


def _distrust(error: ssl.SSLCertVerificationError, url: str) -> str:
    if error.verify_code in _WRONG_NAME:
        return f"has a certificate for another name than {urlsplit(url).hostname}"
    reason = f"has a certificate that is not trusted: {error.verify_message}"
    if error.verify_code in _NOT_IN_TIME:
        return reason
    named = environ.get("SSL_CERT_FILE", "")
    if named and not Path(named).is_file():
        return f"{reason} (SSL_CERT_FILE names {named}, which is not there)"
    return f"{reason} (SSL_CERT_FILE names the certificates of an authority of your own)"
