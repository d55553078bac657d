"""The programs started, and ended again: a cluster that answers within seconds."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.real.cluster.building import Programs

REPOSITORY: Final = Path(__file__).resolve().parents[3]
_TOKEN: Final = "administrator"  # noqa: S105 - of a cluster that lives for one test
_PATIENCE_SECONDS: Final = 10.0
"""The plugin's sidecar outlives the signal that ends the others."""
_NODE: Final = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node", "annotations": {"kwok.x-k8s.io/node": "fake"}, "labels": {"type": "kwok"}},
    "status": {key: {"cpu": "1000", "memory": "1000Gi", "pods": "1000"} for key in ("capacity", "allocatable")},
}
_MONITORS: Final = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com",
        "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@dataclass(kw_only=True)
class Cluster:
    """A running cluster: ``kubeconfig`` leads to it, and ``folder`` holds what its programs write and say."""

    folder: Path
    programs: Programs
    ports: Iterator[int]
    proxy: str
    argo_cd: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def kubeconfig(self) -> Path:
        """The file that clients read."""
        return self.folder / "kubeconfig"

    @property
    def environment(self) -> dict[str, str]:
        """The environment for clients: the programs first on PATH, the cluster, and Argo CD's server."""
        return {
            **os.environ,
            "PATH": os.pathsep.join((str(self.programs.folder), os.environ["PATH"])),
            "KUBECONFIG": str(self.kubeconfig),
            "ARGOCD_SERVER": f"127.0.0.1:{self.argo_cd}",
            "ARGOCD_OPTS": "--plaintext",
            "ARGOCD_CONFIG_DIR": str(self.folder / "client"),
        }

    def start(self, name: str, *command: str, **environment: str) -> None:
        """Start a program in the background; what it says goes to ``NAME.log``."""
        with (self.folder / f"{name}.log").open("wb") as log:
            variables = {**self.environment, **environment}
            self.processes.append(
                subprocess.Popen(
                    command, cwd=self.folder, env=variables, stdout=log, stderr=log, start_new_session=True
                )
            )

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Return what kubectl prints.

        Raises:
            AssertionError: it fails.
        """
        result = subprocess.run(
            ["kubectl", *arguments], env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Create or change objects."""
        self.kubectl("apply", "-f", "-", stdin="\n---\n".join(json.dumps(one) for one in objects))

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        """Return an object, empty when it is not there."""
        result = self.kubectl("get", kind, name, "--namespace", namespace, "--ignore-not-found", "--output", "json")
        found: dict[str, Any] = json.loads(result) if result.strip() else {}
        return found

    def await_that(self, what: str, holds: Callable[[], bool], seconds: float = 180) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: it does not within ``seconds``.
        """
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"after {seconds:g} s it is still not so that {what}"
            time.sleep(0.5)


@contextmanager
def running(folder: Path, programs: Programs, proxy: str) -> Iterator[Cluster]:
    """Give a cluster that runs Argo Rollouts and Argo CD; it ends with the block."""
    ports = _free_ports()
    cluster = Cluster(folder=folder, programs=programs, ports=ports, proxy=proxy, argo_cd=next(ports))
    try:
        _start_api_server(cluster)
        _start_workloads(cluster)
        _start_rollouts(cluster)
        _start_argo_cd(cluster)
        yield cluster
    finally:
        _end(cluster.processes)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End what was started, last first; what does not go within the patience is killed."""
    for process in reversed(processes):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    end = time.monotonic() + _PATIENCE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start_api_server(cluster: Cluster) -> None:
    folder = cluster.folder
    subprocess.run(["openssl", "genrsa", "-out", "key", "2048"], cwd=folder, capture_output=True, check=True)
    (folder / "tokens.csv").write_text(f"{_TOKEN},admin,admin,system:masters\n")
    client, peer, port = (next(cluster.ports) for _ in range(3))
    etcd, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    cluster.start(
        "etcd",
        *("etcd", "--data-dir", "etcd", "--unsafe-no-fsync", "--initial-cluster", f"default={peers}"),
        *("--listen-client-urls", etcd, "--advertise-client-urls", etcd),
        *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
    )
    server = f"https://127.0.0.1:{port}"
    cluster.start(
        "apiserver",
        *("kube-apiserver", f"--etcd-servers={etcd}", f"--secure-port={port}", "--bind-address=127.0.0.1"),
        *("--cert-dir=certificates", "--token-auth-file=tokens.csv", "--authorization-mode=RBAC"),
        *("--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=key"),
        *("--service-account-signing-key-file=key", "--service-cluster-ip-range=10.96.0.0/16"),
        *("--endpoint-reconciler-type=none", "--disable-admission-plugins=ServiceAccount"),
    )
    cluster.kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
                "users": [{"name": "u", "user": {"token": _TOKEN}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "x",
            }
        )
    )
    cluster.await_that("the API server is ready", lambda: _is_ready(f"{server}/readyz"), 120)


def _start_workloads(cluster: Cluster) -> None:
    config, stages = f"--kubeconfig={cluster.kubeconfig}", cluster.programs.kwok / "kustomize" / "stage"
    manager, scheduler, kubelet = (next(cluster.ports) for _ in range(3))
    cluster.start(
        "controller-manager",
        *("kube-controller-manager", config, "--service-account-private-key-file=key", "--leader-elect=false"),
        *("--use-service-account-credentials=false", "--bind-address=127.0.0.1", f"--secure-port={manager}"),
    )
    cluster.start(
        "scheduler",
        *("kube-scheduler", config, "--leader-elect=false", "--bind-address=127.0.0.1", f"--secure-port={scheduler}"),
    )
    pods = (f"pod/fast/pod-{step}" for step in ("ready", "complete", "delete"))
    wanted = ("node/fast/node-initialize", "node/heartbeat/node-heartbeat", *pods)
    files = [f"--config={stages / f'{name}.yaml'}" for name in wanted]
    cluster.start(
        "kwok",
        *("kwok", config, "--manage-all-nodes=true", "--node-ip=127.0.0.1", "--cidr=10.0.0.0/16", *files),
        f"--server-address=127.0.0.1:{kubelet}",
    )
    cluster.apply(_NODE, _MONITORS)


def _start_rollouts(cluster: Cluster) -> None:
    for sources in (cluster.programs.rollouts, cluster.programs.argo_cd):
        cluster.kubectl("apply", "--server-side", "-k", str(sources / "manifests" / "crds"))
    metrics, health = (next(cluster.ports) for _ in range(2))
    cluster.start(
        "rollouts",
        *("rollouts-controller", f"--kubeconfig={cluster.kubeconfig}", "--leader-elect=false"),
        *(f"--metricsPort={metrics}", f"--healthzPort={health}"),
        HTTP_PROXY=cluster.proxy,
        http_proxy=cluster.proxy,
    )


def _start_argo_cd(cluster: Cluster) -> None:
    config = cluster.programs.argo_cd / "manifests" / "base" / "config"
    cluster.kubectl("create", "namespace", "argocd")
    cluster.kubectl("apply", "--namespace", "argocd", "-k", str(config))
    patience = {"data": {"timeout.reconciliation": "5s", "timeout.reconciliation.jitter": "0s"}}
    cluster.kubectl("patch", "configmap", "argocd-cm", "--namespace", "argocd", "--patch", json.dumps(patience))
    redis, server, metrics, more, most = (next(cluster.ports) for _ in range(5))
    cluster.start("redis", *("redis-server", "--bind", "127.0.0.1", "--port", str(redis), "--save", ""))
    folders = {name: str(cluster.folder / name) for name in ("tls", "ssh", "gpg", "plugin")}
    for folder in folders.values():
        Path(folder).mkdir()
    shared = {
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_TLS_DATA_PATH": folders["tls"],
        "ARGOCD_SSH_DATA_PATH": folders["ssh"],
        "ARGOCD_GNUPGHOME": folders["gpg"],
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_PLUGINSOCKFILEPATH": folders["plugin"],
    }
    cluster.start(
        "repo-server",
        *("argocd", "--address=127.0.0.1", f"--redis=127.0.0.1:{redis}", f"--port={server}"),
        *(f"--metrics-port={metrics}", "--disable-tls", "--revision-cache-expiration=2s"),
        ARGOCD_BINARY_NAME="argocd-repo-server",
        **shared,
    )
    _start_plugin(cluster, shared)
    repositories = (f"--redis=127.0.0.1:{redis}", f"--repo-server=127.0.0.1:{server}", "--repo-server-plaintext")
    settings = (f"--kubeconfig={cluster.kubeconfig}", "--namespace=argocd", *repositories)
    cluster.start(
        "server",
        *("argocd", *settings, "--insecure", "--disable-auth", "--address=127.0.0.1", f"--port={cluster.argo_cd}"),
        f"--metrics-port={most}",
        ARGOCD_BINARY_NAME="argocd-server",
        **shared,
    )
    healthy = f"http://127.0.0.1:{cluster.argo_cd}/healthz"
    cluster.await_that("Argo CD's server is ready", lambda: _is_ready(healthy), 120)
    cluster.start(
        "application-controller",
        *("argocd", *settings, "--app-resync=10", f"--metrics-port={more}"),
        ARGOCD_BINARY_NAME="argocd-application-controller",
        **shared,
    )


def _start_plugin(cluster: Cluster, shared: Mapping[str, str]) -> None:
    """Start the sidecar of the repo-server with the plugin's own configuration; its program is this work tree's."""
    programs, temporary = cluster.folder / "sidecar", cluster.folder / "copies"
    programs.mkdir()
    temporary.mkdir()
    program = programs / "gitopsgen"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={REPOSITORY / "generator"} exec {sys.executable} -m gitopsgen.cli.main "$@"\n'
    )
    program.chmod(0o755)
    cluster.start(
        "plugin",
        *(str(cluster.programs.folder / "argocd"), f"--config-dir-path={REPOSITORY / 'cmp'}"),
        ARGOCD_BINARY_NAME="argocd-cmp-server",
        **{**shared, "PATH": os.pathsep.join((str(programs), os.environ["PATH"])), "TMPDIR": str(temporary)},
    )


def _is_ready(address: str) -> bool:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {_TOKEN}"})  # noqa: S310 - https
    try:
        with urllib.request.urlopen(request, context=unverified, timeout=2) as answer:  # noqa: S310 - the same
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_ports() -> Iterator[int]:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        yield port
