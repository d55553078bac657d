"""The example on a real Argo CD and a real Rollouts controller: deployed, promoted, aborted and rolled back.

Run by ``python3 tools/dev.py real``; the first run builds the programs. Each test goes on where the one before it ended.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.real.cluster.building import build, cache_folder
from tests.real.cluster.running import Cluster, running
from tests.real.cluster.services import Services, serving

REPOSITORY = Path(__file__).resolve().parents[2]
APP = "sample-api"
NAMESPACES = {"dev": "sample-app-dev", "staging": "sample-app-staging", "prod": "sample-app"}
_MINUTES = ("interval", "initialDelay")
"""What takes minutes of an analysis."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The team's repository, and the cluster that follows its remote."""

    folder: Path
    cluster: Cluster

    def gitopsgen(self, *arguments: str, status: int = 0) -> str:
        """Run the command line in the repository, and return what it prints."""
        environment = {**self.cluster.environment, "XDG_CACHE_HOME": str(self.folder.parent / "cache")}
        result = subprocess.run(
            [sys.executable, "-m", "gitopsgen.cli.main", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout + result.stderr

    def git(self, *arguments: str) -> str:
        """Run git in the repository, and return what it prints."""
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    def rollout(self, environment: str) -> dict[str, Any]:
        """Return the Rollout of an Environment."""
        return self.cluster.get("rollout", APP, NAMESPACES[environment])

    def image(self, environment: str) -> str:
        """Return the tag that the Rollout's pod template asks for."""
        rollout = self.rollout(environment)
        containers = rollout["spec"]["template"]["spec"]["containers"] if rollout else []
        return next((one["image"].rpartition(":")[2] for one in containers if one["name"] == APP), "")

    def plan(self, environment: str) -> dict[str, Any]:
        """Return the plan of the release as it is rendered now."""
        found: dict[str, Any] = json.loads(self.gitopsgen("plan", f"{environment}/{APP}", "--format", "json"))
        return found

    def operate(self, environment: str, *action: str) -> None:
        """Promote, abort or retry with the Rollouts plugin."""
        command = ["kubectl-argo-rollouts", *action, APP, "--namespace", NAMESPACES[environment]]
        subprocess.run(command, env=self.cluster.environment, check=True, capture_output=True)

    def settled(self, environment: str) -> dict[str, Any]:
        """Return weight and pods as they are: what a plan says of a step."""
        rollout = self.rollout(environment)
        stable, current = rollout["status"].get("stableRS"), rollout["status"].get("currentPodHash")
        replicas = self.replicas(environment)
        canary = replicas.get(current, 0) if current != stable else 0
        return {
            "weight": rollout["status"].get("canary", {}).get("weights", {}).get("canary", {}).get("weight", 0),
            "canaryPods": canary,
            "stablePods": replicas.get(stable, 0),
        }

    def replicas(self, environment: str) -> dict[str, int]:
        """Return the pods that are there, by the hash of their ReplicaSet."""
        said = self.cluster.kubectl("get", "replicasets", "--namespace", NAMESPACES[environment], "--output", "json")
        return {
            one["metadata"]["labels"]["rollouts-pod-template-hash"]: one["status"].get("availableReplicas", 0)
            for one in json.loads(said)["items"]
        }

    def is_healthy(self, environment: str, tag: str) -> bool:
        """Tell whether the Rollout runs a version, and nothing else."""
        rollout = self.rollout(environment)
        status = rollout.get("status", {})
        return (
            self.image(environment) == tag
            and status.get("phase") == "Healthy"
            and status.get("observedGeneration") == str(rollout["metadata"]["generation"])
        )

    def is_at(self, environment: str, step: dict[str, Any], tag: str) -> bool:
        """Tell whether the Rollout waits at a step of the plan with what the plan says of it."""
        status = self.rollout(environment).get("status", {})
        expected = {key: step[key] for key in ("weight", "canaryPods", "stablePods")}
        return (
            self.image(environment) == tag
            and status.get("currentStepIndex") == step["index"]
            and bool(status.get("pauseConditions"))
            and self.settled(environment) == expected
        )

    def await_version(self, environment: str, tag: str, seconds: float) -> None:
        """Wait until an Environment runs a version, and nothing else."""
        self.cluster.await_that(f"{environment} runs {tag}", lambda: self.is_healthy(environment, tag), seconds)

    def await_step(self, environment: str, step: dict[str, Any], tag: str, seconds: float = 180) -> None:
        """Wait until the Rollout waits at a step of its plan, with what the plan says of it."""
        what = f"{environment} waits as planned: {step}"
        self.cluster.await_that(what, lambda: self.is_at(environment, step, tag), seconds)


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    """What the cluster reaches by name: a service that always succeeds, within a tenth of a second."""
    with serving() as services:
        services.values["histogram_quantile"] = 0.1
        yield services


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory, services: Services) -> Iterator[Delivery]:
    """The example in a repository of its own, its remote watched by a running Argo CD."""
    folder = tmp_path_factory.mktemp("real")
    work, remote = folder / "work", folder / "remote.git"
    work.mkdir()
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", remote], check=True)
    for name in ("environments", "charts"):
        shutil.copytree(REPOSITORY / name, work / name)
    base = work / "environments" / "base.yaml"
    base.write_text(re.sub(r"repoURL: \S+", f"repoURL: {remote.as_uri()}", base.read_text()))
    for environment in ("staging", "prod"):  # nobody waits a day for a test
        file = work / "environments" / f"{environment}.yaml"
        file.write_text(re.sub(r"\n  soak: \S+", "", file.read_text()))
    with running(folder, build(cache_folder()), services.address) as cluster:
        (folder / "cache").mkdir()
        delivery = Delivery(folder=work, cluster=cluster)
        names = [f"analysis.{name}.{key}" for name in ("success-rate", "latency-p99") for key in _MINUTES]
        for environment, more in (("staging", []), ("prod", ["rollout.with.hold=5s"])):  # nor minutes for a measurement
            quick = [f"{name}=5s" for name in names]
            delivery.gitopsgen("set", f"{environment}/{APP}", *quick, *more)
        delivery.gitopsgen("render")
        for command in (
            ("init", "--quiet", "--initial-branch=main"),
            ("config", "user.name", "a person"),
            ("config", "user.email", "person@example.com"),
            ("add", "--all"),
            ("commit", "--quiet", "--message", "feat: the example"),
            ("remote", "add", "origin", str(remote)),
            ("push", "--quiet", "--set-upstream", "origin", "main"),
        ):
            delivery.git(*command)
        for namespace in NAMESPACES.values():
            cluster.kubectl("create", "namespace", namespace)
        ended = threading.Event()
        helper = threading.Thread(target=_give_addresses, args=(cluster, ended), daemon=True)
        helper.start()
        try:
            yield delivery
        finally:
            ended.set()
            helper.join()


def _give_addresses(cluster: Cluster, ended: threading.Event) -> None:
    """Do what an ingress controller does: give each Ingress an address, without which it stays Progressing."""
    status = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}})
    while not ended.wait(1):
        found = json.loads(cluster.kubectl("get", "ingresses", "--all-namespaces", "--output", "json"))["items"]
        for ingress in found:
            if not ingress.get("status", {}).get("loadBalancer"):
                metadata = ingress["metadata"]
                place = ("--namespace", metadata["namespace"], "--subresource", "status", "--type", "merge")
                cluster.kubectl("patch", "ingress", metadata["name"], *place, "--patch", status)


def test_argo_cd_deploys_every_environment_from_its_root(delivery: Delivery) -> None:
    cluster = delivery.cluster
    for environment in NAMESPACES:
        cluster.kubectl("apply", "-f", str(delivery.folder / "rendered" / environment / "argocd" / "root.yaml"))
    for environment in NAMESPACES:
        delivery.await_version(environment, "v1.0.0", seconds=300)
    cluster.await_that("every Application is Synced", lambda: not out_of_sync(cluster))


def test_a_version_reaches_dev(delivery: Delivery, services: Services) -> None:
    services.version = "v1.1.0"
    delivery.gitopsgen("deploy", APP, "v1.1.0", "--env", "dev", "--commit", "--push")
    assert delivery.git("log", "-1", "--format=%s") == "deploy(dev): sample-api v1.1.0"
    delivery.await_version("dev", "v1.1.0", seconds=300)


def test_staging_stops_at_each_gate_with_what_the_plan_says(delivery: Delivery) -> None:
    delivery.gitopsgen("promote", APP, "--from", "dev", "--to", "staging", "--commit", "--push")
    for step in gates(delivery.plan("staging")):
        delivery.await_step("staging", step, "v1.1.0")
        delivery.operate("staging", "promote")
    delivery.await_version("staging", "v1.1.0", seconds=300)


def test_an_environment_cannot_be_skipped(delivery: Delivery) -> None:
    said = delivery.gitopsgen("deploy", APP, "v9.9.9", "--env", "prod", "--commit", status=1)
    assert "v9.9.9" in said
    assert delivery.git("status", "--porcelain") == ""


def test_an_abort_in_production_leaves_what_the_plan_says(delivery: Delivery) -> None:
    delivery.gitopsgen("promote", APP, "--from", "staging", "--to", "prod", "--commit", "--push")
    first, *_ = gates(delivery.plan("prod"))
    delivery.await_step("prod", first, "v1.1.0", seconds=600)
    delivery.operate("prod", "abort")
    delivery.cluster.await_that(
        f"an abort leaves {first['onAbort']}", lambda: delivery.settled("prod") == first["onAbort"], 120
    )


def test_a_rollback_returns_to_what_was_there(delivery: Delivery) -> None:
    delivery.gitopsgen("rollback", APP, "--env", "prod", "--commit", "--push")
    delivery.await_version("prod", "v1.0.0", seconds=300)
    said = delivery.gitopsgen("history", APP, "--env", "prod")
    assert re.search(r"v1\.0\.0.*\n.*v1\.1\.0.*\n.*v1\.0\.0", said), said


def test_the_tool_and_the_cluster_agree(delivery: Delivery) -> None:
    delivery.cluster.await_that("every Application is Synced", lambda: not out_of_sync(delivery.cluster))
    delivery.gitopsgen("verify")
    matrix = json.loads(delivery.gitopsgen("status", "--format", "json"))
    text = json.dumps(matrix)
    for environment in NAMESPACES:
        assert delivery.image(environment) in text


def gates(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a plan at which a person is waited for."""
    return [step for step in plan["steps"] if step["waits"] == "gate"]


def out_of_sync(cluster: Cluster) -> list[str]:
    """Return the Applications that are not as git has them."""
    said = cluster.kubectl("get", "applications", "--namespace", "argocd", "--output", "json")
    return [
        one["metadata"]["name"]
        for one in json.loads(said)["items"]
        if one.get("status", {}).get("sync", {}).get("status") != "Synced"
    ]
