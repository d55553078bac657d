"""``healthcheck`` against servers that answer in every way they should not, over HTTP and TLS."""

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path

import jsonschema
import pytest

from gitopsgen.cli.probing import without_secrets
from gitopsgen.reports.delivery_schemas import OUTPUT_HEALTH
from tests.cli.conftest import Result, Run
from tests.cli.serving import Reply, first, in_turn, page, serving

SERIES = "http_requests_total 1\nhttp_request_duration_seconds_bucket 1\n"
OLD, NEW = page('{"version": "1.1.0"}'), page('{"version": "v1.2.0"}')
WELL: dict[str, Reply] = {"/ready": NEW, "/metrics": page(SERIES)}
NO_PROXY = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"), "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, "")


def write(folder: Path, ingress: str) -> Path:
    (folder / "environments").mkdir(exist_ok=True)
    (folder / "environments/all.yaml").write_text(
        f"""\
apiVersion: gitopsgen.io/v1
kind: App
metadata: {{name: api}}
spec:
  image: {{repository: ghcr.io/x/api, tag: v1.2.0}}
  ports: {{http: 8000}}
  health: {{ready: /ready}}
  metrics: {{path: /metrics}}
  {ingress}
---
apiVersion: gitopsgen.io/v1
kind: Environment
metadata: {{name: prod}}
spec: {{tier: production, namespace: live, argocd: {{repoURL: https://x/y}}, apps: {{api: {{}}}}}}
"""
    )
    return folder


def checked(run: Run, folder: Path, *arguments: str, **environment: str) -> tuple[int, dict[str, str], Result]:
    """Return the exit status, ``outcome: message`` of each check, and all that was said."""
    timeout = () if "--timeout" in arguments else ("--timeout", "0")
    variables = {**NO_PROXY, **environment}
    said = run("healthcheck", "prod/api", *arguments, *timeout, "--format", "json", folder=folder, **variables)
    assert "itself failed" not in said.stderr
    data = json.loads(said.stdout)
    jsonschema.validate(data, OUTPUT_HEALTH)
    return said.status, {one["check"]: f"{one['outcome']}: {one['message']}" for one in data["checks"]}, said


def drip(request: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, more often than any timeout between two bytes."""
    request.send_response(200)
    request.end_headers()
    for _ in range(200):
        request.wfile.write(b" ")
        time.sleep(0.1)


def drip_headers(request: BaseHTTPRequestHandler) -> None:
    """Answer with a header line that does not end."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(200):
        request.wfile.write(b"x")
        time.sleep(0.1)


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"#" * 65536)


def hang_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)


def zipped(text: bytes) -> Reply:
    return page(gzip.compress(text), Content_Encoding="gzip")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(page(status=204), "ok: URL answers 204", id="success without content, as the kubelet takes it"),
        pytest.param(zipped(b'{"version": "v1.2.0"}'), "ok: URL answers 200", id="gzip"),
        pytest.param(zipped(bytes(20_000_000)), "failed: URL cannot be read: it has more than 16 MB", id="a gzip bomb"),
        pytest.param(page(b"no", Content_Encoding="gzip"), "failed: URL cannot be read: it says gzip, and is not", id="no gzip"),
        pytest.param(page(b"x", Content_Encoding="br"), "failed: URL cannot be read: the answer is in the encoding 'br', which was not asked for", id="an encoding that was not asked for"),
        pytest.param(page(b"caf\xe9 \xff\x00"), "ok: URL answers 200", id="not UTF-8"),
        pytest.param(endless, "failed: URL cannot be read: it has more than 16 MB", id="endless"),
        pytest.param(page("x", Content_Length="100"), "failed: URL cannot be read: it broke off after 1 of 100 bytes", id="broken off"),
        pytest.param(hang_up, "failed: URL ends the connection without an answer: is it https://?", id="hangs up"),
        pytest.param(page('{"database": "no\n\n connection"}', 503), 'failed: URL answers 503, not 200: {"database": "no connection"}', id="says why"),
        pytest.param(page("<html>", 503, Content_Type="text/html; charset=utf-8"), "failed: URL answers 503, not 200, with a page of HTML, which may come from what stands before the service", id="the page of an ingress"),
        pytest.param(page("x" * 200, 500), f"failed: URL answers 500, not 200: {'x' * 99}…", id="says a lot"),
        pytest.param(page(status=401), "failed: URL answers 401, not 200: `--header 'Authorization: …'` can show who asks", id="wants to know who asks"),
        pytest.param(page(status=304), "failed: URL answers 304, not 200", id="a redirect to nowhere"),
        pytest.param(page(status=302, Location="/ready"), "failed: URL redirects more than 5 times", id="redirects for ever"),
        pytest.param(page(status=302, Location="http://[x"), "failed: URL redirects to http://[x, which is no address", id="redirects to no address"),
        pytest.param(page(status=302, Location="http://[::1]/ready"), "failed: URL redirects to another host: http://[::1]/ready", id="redirects to another host"),
        pytest.param(page(status=302, Location="//other.example/"), "failed: URL redirects to another host: http://other.example/", id="redirects to another host, in short"),
        pytest.param(page(status=302, Location="ftp://127.0.0.1/"), "failed: URL redirects to ftp://127.0.0.1/, which is not https", id="redirects to another scheme"),
        pytest.param(page(status=302, Location="http://127.0.0.1:99999/"), "failed: http://127.0.0.1:99999/ cannot be reached: Servname not supported for ai_socktype", id="redirects to no port"),
    ],
)  # fmt: skip
def test_how_it_answers(reply: Reply, expected: str, folder: Path, run: Run) -> None:
    with serving({**WELL, "/ready": reply}) as port:
        url = f"http://127.0.0.1:{port}"
        status, verdicts, _ = checked(run, folder, "--url", url, "--samples", "1")
    if "99999" in expected:  # the wording is the system's
        assert verdicts["ready"].startswith("failed: http://127.0.0.1:99999/ ")
    else:
        assert verdicts["ready"] == expected.replace("URL", f"{url}/ready")
    assert status == int(expected.startswith("failed"))


def test_a_redirect_on_the_same_host_is_told(folder: Path, run: Run) -> None:
    replies = {**WELL, "/ready": page(status=301, Location="/é?a b"), "/%C3%A9?a%20b": NEW, "/%C3%83%C2%A9?a%20b": NEW}
    with serving(replies) as port:
        url = f"http://127.0.0.1:{port}"
        status, verdicts, _ = checked(run, folder, "--url", url, "--samples", "2")
    assert status == 0
    assert verdicts["ready"].startswith(f"ok: {url}/ready leads to {url}/")
    assert verdicts["ready"].endswith(", which answers 200 (2 of 2 answers)")


@pytest.mark.parametrize("reply", [drip, drip_headers])
def test_what_trickles_ends_in_time(reply: Reply, folder: Path, run: Run) -> None:
    with serving({**WELL, "/ready": reply}) as port:
        url = f"http://127.0.0.1:{port}"
        began = time.monotonic()
        status, verdicts, _ = checked(run, folder, "--url", url, "--timeout", "1s", "--samples", "1")
    assert (status, verdicts["ready"]) == (1, f"failed: {url}/ready does not answer within 1 s")
    assert time.monotonic() - began < 10


def test_a_service_that_becomes_well_at_the_last_moment(folder: Path, run: Run) -> None:
    well_at = time.monotonic() + 3

    def late(request: BaseHTTPRequestHandler) -> None:
        reply = NEW if time.monotonic() > well_at else page(status=503)
        reply(request)

    with serving({**WELL, "/ready": late}) as port:
        url = f"http://127.0.0.1:{port}"
        status, _, said = checked(run, folder, "--url", url, "--timeout", "5s", "--interval", "2s")
    assert status == 0, said.output
    waits = [line.rpartition("again in ")[2] for line in said.stderr.splitlines() if line.startswith("not yet")]
    assert waits[0] == "2 s"
    assert len(waits) == 2, "the wait doubles, and is cut to end with the time"


def test_two_versions_in_turn_are_a_rollout_that_is_not_over(folder: Path, run: Run) -> None:
    with serving({**WELL, "/ready": in_turn(OLD, NEW)}) as port:
        url = f"http://127.0.0.1:{port}"
        status, verdicts, said = checked(run, folder, "--url", url)
    assert (status, verdicts["ready"]) == (1, f"ok: {url}/ready answers 200 (5 of 5 answers)")
    assert verdicts["version"] == "failed: 3 of 5 answers came from 1.1.0, not v1.2.0: the rollout is not over"
    assert json.loads(said.stdout)["versions"] == [
        {"version": "1.1.0", "answers": 3},
        {"version": "v1.2.0", "answers": 2},
    ]
    assert said.stderr == "   next: `kubectl argo rollouts get rollout api --namespace live`\n"


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param([NEW], "ok: v1.2.0 runs (5 of 5 answers)", id="all new"),
        pytest.param([OLD], "failed: 1.1.0 runs, not v1.2.0", id="all old"),
        pytest.param([NEW, NEW, page("fine")], "failed: 1 of 5 answers came from one that tells none, not v1.2.0: the rollout is not over", id="one tells none"),
        pytest.param([OLD, page('{"tag": "v1.0.0"}')], "failed: 3 of 5 answers came from 1.1.0, 2 from v1.0.0, not v1.2.0: the rollout is not over", id="neither"),
    ],
)  # fmt: skip
def test_which_versions_answer(replies: list[Reply], expected: str, folder: Path, run: Run) -> None:
    with serving({**WELL, "/ready": in_turn(*replies)}) as port:
        _, verdicts, _ = checked(run, folder, "--url", f"http://127.0.0.1:{port}")
    assert verdicts["version"] == expected


def test_one_pod_of_many_that_is_not_well(folder: Path, run: Run) -> None:
    with serving({**WELL, "/ready": in_turn(NEW, NEW, page("broken", 503))}) as port:
        url = f"http://127.0.0.1:{port}"
        status, verdicts, _ = checked(run, folder, "--url", url)
    assert status == 1
    assert verdicts["ready"] == f"failed: {url}/ready answers 503, not 200: broken (answer 3 of 5)"
    assert verdicts["version"] == "ok: v1.2.0 runs (2 of 2 answers)"


def test_metrics_on_a_port_of_their_own(folder: Path, run: Run) -> None:
    file = folder / "environments/all.yaml"
    text = file.read_text().replace("http: 8000", "http: 8000, admin: 9000")
    file.write_text(text.replace("metrics: {path", "metrics: {port: admin, path"))
    with serving({"/ready": NEW}) as port, serving({"/m?all=1": page(SERIES)}) as metrics:
        url = f"http://127.0.0.1:{port}"
        status, verdicts, _ = checked(run, folder, "--url", url)
        assert (status, verdicts["metrics"]) == (
            0,
            f"not told: they are on the port `admin`, which {url} does not lead to: give --metrics-url",
        )
        _, verdicts, _ = checked(run, folder, "--url", url, "--metrics-url", f"http://127.0.0.1:{metrics}/m?all=1")
    assert verdicts["metrics"] == "ok: http_requests_total, http_request_duration_seconds_bucket are there"


def test_the_address_of_the_ingress(tmp_path: Path, run: Run) -> None:
    folder = write(tmp_path, "ingress: {host: localhost, path: /shop, tls: true}")
    status, verdicts, said = checked(run, folder)
    assert (status, json.loads(said.stdout)["url"]) == (1, "https://localhost/shop")
    assert verdicts["ready"].startswith("failed: https://localhost/shop/ready ")


def test_an_ingress_that_is_asked_by_its_address(folder: Path, run: Run) -> None:
    seen: list[str] = []

    def virtual(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Host"])
        (NEW if request.headers["Host"] == "app.local" else page(status=404))(request)

    with serving({**WELL, "/ready": virtual}) as port:
        status, _, _ = checked(run, folder, "--url", f"http://127.0.0.1:{port}", "--header", "Host:app.local")
    assert (status, seen) == (0, ["app.local"] * 5)


def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens(folder: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _, verdicts, _ = checked(run, folder, "--url", f"http://127.0.0.1:{port}")
    assert verdicts["ready"] == f"failed: http://127.0.0.1:{port}/ready cannot be reached: Connection refused"
    _, verdicts, _ = checked(run, folder, "--url", "http://nowhere.invalid")
    assert verdicts["ready"].startswith("failed: http://nowhere.invalid/ready cannot be reached: ")
    assert verdicts["ready"].endswith(" (`--url http://ADDRESS --header Host:nowhere.invalid` needs no DNS)")
    assert verdicts["version"] == "not told: nothing answers that tells it"


def test_ipv6(folder: Path, run: Run) -> None:
    try:
        with serving(WELL, "::1") as port:
            status, verdicts, _ = checked(run, folder, "--url", f"http://[::1]:{port}", "--samples", "1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert (status, verdicts["ready"]) == (0, f"ok: http://[::1]:{port}/ready answers 200")


def test_a_header_is_sent_to_the_service_alone_and_never_printed(folder: Path, run: Run) -> None:
    seen = []
    numbers = count()

    def guarded(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        denied = next(numbers) == 0
        (page(f"who is {request.headers['Authorization']}", 500) if denied else NEW)(request)

    (folder / "secret").write_text("Authorization: Bearer abc123456\nX-Team: blue\n")
    with serving({"/ready": guarded}) as port, serving({"/metrics": guarded}, "127.0.0.2") as other:
        arguments = ("--url", f"http://127.0.0.1:{port}", "--metrics-url", f"http://127.0.0.2:{other}/metrics")
        _, verdicts, said = checked(run, folder, *arguments, "--header", "@secret", "--samples", "1")
    assert seen == ["Bearer abc123456", None]
    assert verdicts["ready"].endswith("/ready answers 500, not 200: who is ***")
    assert "abc123456" not in said.output


def test_what_the_headers_held_is_taken_out_longest_first() -> None:
    headers = {"Authorization": "Basic dXNlcjpzZWNyZXQ=", "Host": "app.local.example", "X": "short"}
    assert without_secrets("Basic dXNlcjpzZWNyZXQ= dXNlcjpzZWNyZXQ= app.local.example short", headers) == (
        "*** *** app.local.example short"
    )


def test_the_proxy_of_the_environment_is_used_but_not_for_this_machine(folder: Path, run: Run) -> None:
    with serving(WELL) as port, serving({"http://service.invalid/ready": page('{"version": "v1.2.0"}')}) as proxy:
        through = {"http_proxy": f"http://127.0.0.1:{proxy}"}
        status, _, said = checked(run, folder, "--url", f"http://127.0.0.1:{port}", **through)
        assert status == 0, said.output
        _, verdicts, _ = checked(run, folder, "--url", "http://service.invalid", **through)
    assert verdicts["ready"] == "ok: http://service.invalid/ready answers 200 (5 of 5 answers)"
    through = {"http_proxy": f"http://user:secret@127.0.0.1:{proxy}"}
    _, verdicts, said = checked(run, folder, "--url", "http://service.invalid", **through)
    assert verdicts["ready"] == (
        f"failed: http://service.invalid/ready cannot be reached: Connection refused, through the proxy 127.0.0.1:{proxy}"
    )
    assert "secret" not in said.output
    _, verdicts, _ = checked(run, folder, "--url", "http://service.invalid", **through, no_proxy=".invalid")
    assert "proxy" not in verdicts["ready"]
    _, verdicts, _ = checked(run, folder, "--url", "http://service.invalid", http_proxy="http://proxy.invalid:80")
    assert verdicts["ready"].endswith(", through the proxy http://proxy.invalid:80")
    assert "needs no DNS" not in verdicts["ready"], "it is the proxy's name that nothing knows"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate of an authority, and that of a server ``localhost``."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("authority")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    (folder / "authority.cnf").write_text(
        "[req]\ndistinguished_name=n\nx509_extensions=e\n[n]\n[e]\nbasicConstraints=critical,CA:TRUE\n"
        "keyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
    )
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost\nauthorityKeyIdentifier=keyid\n")
    subject = ("-subj", "/CN=authority", "-config", "authority.cnf", "-days", "2")
    openssl("req", "-x509", *new, *subject, "-keyout", "authority.key", "-out", "authority.pem")
    openssl("req", *new, "-subj", "/CN=localhost", "-config", "authority.cnf", "-keyout", "key.pem", "-out", "request")
    signed = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "1")
    openssl("x509", "-req", "-in", "request", *signed, "-extfile", "server.ext", "-out", "server.pem")
    return folder


@pytest.mark.parametrize(
    ("scheme", "host", "trusted", "expected"),
    [
        pytest.param("https", "localhost", "authority.pem", "ok: URL answers 200", id="an authority of one's own"),
        pytest.param("https", "localhost", "", "failed: URL has a certificate that is not trusted: unable to get local issuer certificate (SSL_CERT_FILE names the certificates of an authority of your own)", id="not trusted"),
        pytest.param("https", "localhost", "nowhere.pem", "failed: URL has a certificate that is not trusted: unable to get local issuer certificate (SSL_CERT_FILE names FOLDER/nowhere.pem, which is not there)", id="no such file"),
        pytest.param("https", "127.0.0.1", "authority.pem", "failed: URL has a certificate for another name than 127.0.0.1", id="another name"),
        pytest.param("http", "localhost", "", "failed: URL ends the connection without an answer: is it https://?", id="HTTP to a server of TLS"),
    ],
)  # fmt: skip
def test_tls(scheme: str, host: str, trusted: str, expected: str, authority: Path, folder: Path, run: Run) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "key.pem")
    with serving(WELL, tls=context) as port:
        url = f"{scheme}://{host}:{port}"
        file = str(authority / trusted) if trusted else ""
        status, verdicts, _ = checked(run, folder, "--url", url, "--samples", "1", SSL_CERT_FILE=file)
    expected = expected.replace("URL", f"{url}/ready").replace("FOLDER", str(authority))
    assert (status, verdicts["ready"]) == (int(expected.startswith("failed")), expected)


def test_an_alert_of_tls_is_known(folder: Path, run: Run) -> None:
    def alert(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"\x15\x03\x01\x00\x02\x02\x46")

    with serving({**WELL, "/ready": alert}) as port:
        _, verdicts, _ = checked(run, folder, "--url", f"http://127.0.0.1:{port}")
    assert verdicts["ready"] == f"failed: http://127.0.0.1:{port}/ready speaks TLS: is it https://?"


def test_tls_to_a_server_of_http(folder: Path, run: Run) -> None:
    with serving(WELL) as port:
        _, verdicts, _ = checked(run, folder, "--url", f"https://127.0.0.1:{port}", "--samples", "1")
    assert verdicts["ready"] == (
        f"failed: https://127.0.0.1:{port}/ready does not speak TLS as expected (WRONG_VERSION_NUMBER): is it http://?"
    )


def test_a_retry_after_each_failure_waits_longer(folder: Path, run: Run) -> None:
    busy = page(status=503)
    with serving({**WELL, "/ready": first(busy, busy, busy, NEW)}) as port:
        url = f"http://127.0.0.1:{port}"
        status, _, said = checked(run, folder, "--url", url, "--timeout", "30s", "--interval", "1s", "--samples", "1")
    assert (status, json.loads(said.stdout)["tries"]) == (0, 4)
    assert said.stderr == "".join(
        f"not yet: ready: {url}/ready answers 503, not 200; again in {seconds} s\n" for seconds in (1, 2, 4)
    )


def test_what_a_terminal_would_act_on_is_written_out(folder: Path, run: Run) -> None:
    evil = page('{"version": "\\u001b[2J\\u202eevil"}')
    with serving({**WELL, "/ready": evil}) as port:
        url = f"http://127.0.0.1:{port}"
        said = run("healthcheck", "prod/api", "--url", url, "--timeout", "0", folder=folder, **NO_PROXY)
    assert "version  failed    \\x1b[2J\\u202eevil runs, not v1.2.0" in said.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--url", "http://user:secret@x"], "--url holds a user, which would be seen by others", id="a user"),
        pytest.param(["--url", "http://[::1"], "--url is no address to ask", id="half an address"),
        pytest.param(["--url", "http://x:http"], "--url is no address to ask", id="no port"),
        pytest.param(["--url", "http://x:99999"], "--url is no address to ask", id="too high a port"),
        pytest.param(["--url", "http://a b"], "--url is no address to ask", id="a space"),
        pytest.param(["--url", "http://x/?a=1"], "--url has more than a path", id="a query"),
        pytest.param(["--url", "http://x", "--metrics-url", "x/metrics"], "--metrics-url is no address to ask", id="no scheme"),
        pytest.param(["--header", "secret"], "a `--header` is no header", id="no header"),
        pytest.param(["--header", "X-Key:sec\nret"], "`--header` X-Key is no header", id="two lines"),
        pytest.param(["--header", "X-Key:sec€ret"], "`--header` X-Key is no header", id="what no header can hold"),
        pytest.param(["--header", "@nowhere"], "`--header @nowhere`: No such file or directory", id="no file"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(arguments: list[str], said: str, folder: Path, run: Run) -> None:
    result = run("healthcheck", "prod/api", *arguments, folder=folder)
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {said}\n   fix: "), result.stderr
    assert "sec" not in result.stderr.replace("seconds", "").replace("--header", "")
