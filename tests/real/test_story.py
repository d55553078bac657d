"""The example on a real Argo CD and a real Rollouts controller: deployed, promoted, aborted and rolled back.

Run by ``python3 tools/dev.py real``; the first run builds the programs. Each test goes on where the one before it ended.
"""

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.real.cluster.building import build, cache_folder
from tests.real.cluster.running import Cluster, running
from tests.real.cluster.services import Services, serving
from tests.real.team import APP, NAMESPACES, Team

_MINUTES = ("interval", "initialDelay")
"""What takes minutes of an analysis."""
_HASH = "rollouts-pod-template-hash"
_ANSWERS = 20
"""The least number of which each weight of the example is a whole part."""
_RESTS_SECONDS = 15.0
"""Three times what Argo CD lets pass before it looks again."""
_APPLICATIONS = {*(f"{one}-root" for one in NAMESPACES), *(f"{APP}-{one}" for one in NAMESPACES)}


@dataclass(frozen=True, kw_only=True)
class Delivery(Team):
    """What the team sees of its Rollouts."""

    def rollout(self, environment: str) -> dict[str, Any]:
        """Return the Rollout of an Environment."""
        return self.cluster.get("rollout", APP, NAMESPACES[environment])

    def image(self, environment: str) -> str:
        """Return the tag that the Rollout's pod template asks for."""
        rollout = self.rollout(environment)
        return _tag(rollout) if rollout else ""

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

    def answers(self, environment: str) -> list[str]:
        """Return the versions that answer twenty requests in turn, as traffic is split now."""
        rollout = self.rollout(environment)
        stable, weight = rollout["status"]["stableRS"], self.settled(environment)["weight"]
        versions = {one["metadata"]["labels"][_HASH]: _tag(one) for one in self.replica_sets(environment)}
        canary = round(_ANSWERS * weight / 100)
        new, old = versions[rollout["status"]["currentPodHash"]], versions[stable]
        return [new] * canary + [old] * (_ANSWERS - canary)

    def replica_sets(self, environment: str) -> list[dict[str, Any]]:
        """Return the ReplicaSets of an Environment."""
        said = self.cluster.kubectl("get", "replicasets", "--namespace", NAMESPACES[environment], "--output", "json")
        found: list[dict[str, Any]] = json.loads(said)["items"]
        return found

    def replicas(self, environment: str) -> dict[str, int]:
        """Return the pods that are there, by the hash of their ReplicaSet."""
        return {
            one["metadata"]["labels"][_HASH]: one["status"].get("availableReplicas", 0)
            for one in self.replica_sets(environment)
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


def _tag(workload: dict[str, Any]) -> str:
    """Return the tag of the App's image in a pod template."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    return next((one["image"].rpartition(":")[2] for one in containers if one["name"] == APP), "")


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
    with running(folder, build(cache_folder()), services.address) as cluster:
        delivery = Delivery(folder=folder / "work", cluster=cluster)
        delivery.start()
        for environment in ("staging", "prod"):  # nobody waits a day for a test
            file = delivery.folder / "environments" / f"{environment}.yaml"
            file.write_text(re.sub(r"\n  soak: \S+", "", file.read_text()))
        names = [f"analysis.{name}.{key}" for name in ("success-rate", "latency-p99") for key in _MINUTES]
        for environment, more in (("staging", []), ("prod", ["rollout.with.hold=5s"])):  # nor minutes for a measurement
            quick = [f"{name}=5s" for name in names]
            delivery.gitopsgen("set", f"{environment}/{APP}", *quick, *more)
        delivery.gitopsgen("render")
        delivery.push("feat: the example")
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
    await_rest(cluster)


def test_a_version_reaches_dev(delivery: Delivery, services: Services) -> None:
    services.versions = ["v1.1.0"]
    said = delivery.gitopsgen("deploy", APP, "v1.1.0", "--env", "dev", "--push", "--wait", "--timeout", "300")
    assert "sample-api-dev is synced and healthy" in said
    assert delivery.git("log", "-1", "--format=%s") == "deploy(dev): sample-api v1.1.0"
    assert delivery.is_healthy("dev", "v1.1.0"), "what --wait waits for"
    assert "v1.1.0 runs" in healthcheck(delivery, services, "dev")


def test_staging_stops_at_each_gate_with_what_the_plan_says(delivery: Delivery) -> None:
    said = delivery.gitopsgen(
        "promote", APP, "--from", "dev", "--to", "staging", "--push", "--wait", "--timeout", "300"
    )
    assert "Rollout sample-app-staging/sample-api stands at a gate (CanaryPauseStep): a person decides" in said
    assert "next: `kubectl argo rollouts promote sample-api --namespace sample-app-staging`" in said
    first, *others = gates(delivery.plan("staging"))
    assert delivery.is_at("staging", first, "v1.1.0"), "what --wait says is so"
    delivery.operate("staging", "promote")
    for step in others:
        delivery.await_step("staging", step, "v1.1.0")
        delivery.operate("staging", "promote")
    delivery.await_version("staging", "v1.1.0", seconds=300)


def test_an_environment_cannot_be_skipped(delivery: Delivery) -> None:
    said = delivery.gitopsgen("deploy", APP, "v9.9.9", "--env", "prod", "--commit", status=1)
    assert "v9.9.9" in said
    assert delivery.git("status", "--porcelain") == ""


def test_production_stops_at_its_gate(delivery: Delivery, services: Services) -> None:
    assert "v1.0.0 runs (20 of 20 answers)" in healthcheck(delivery, services, "prod")
    delivery.gitopsgen("promote", APP, "--from", "staging", "--to", "prod", "--push", "--wait", "--timeout", "600")
    first, *_ = gates(delivery.plan("prod"))
    assert delivery.is_at("prod", first, "v1.1.0"), "what --wait says is so"
    said = healthcheck(delivery, services, "prod", status=1)
    assert "19 of 20 answers came from v1.0.0, not v1.1.0: the rollout is not over" in said


def test_an_abort_in_production_leaves_what_the_plan_says(delivery: Delivery, services: Services) -> None:
    first, *_ = gates(delivery.plan("prod"))
    delivery.operate("prod", "abort")
    delivery.cluster.await_that(
        f"an abort leaves {first['onAbort']}", lambda: delivery.settled("prod") == first["onAbort"], 120
    )
    assert "v1.0.0 runs, not v1.1.0" in healthcheck(delivery, services, "prod", status=1)


def test_a_wait_tells_an_abort_as_a_failure(delivery: Delivery) -> None:
    said = delivery.gitopsgen(
        "set", f"prod/{APP}", "autoscaling.max=21", "--push", "--wait", "--timeout", "300", status=1
    )
    assert "Rollout sample-app/sample-api is degraded: RolloutAborted: Rollout aborted update to revision 2" in said
    assert "to go back: `gitopsgen rollback sample-api --env prod --commit --push`" in said


def test_a_rollback_returns_to_what_was_there(delivery: Delivery, services: Services) -> None:
    said = delivery.gitopsgen("rollback", APP, "--env", "prod", "--push", "--wait", "--timeout", "300")
    assert "sample-api-prod is synced and healthy" in said
    assert delivery.is_healthy("prod", "v1.0.0"), "what --wait waits for"
    said = delivery.gitopsgen("history", APP, "--env", "prod")
    assert re.search(r"v1\.0\.0.*\n.*v1\.1\.0.*\n.*v1\.0\.0", said), said
    assert "v1.0.0 runs (20 of 20 answers)" in healthcheck(delivery, services, "prod")


def test_the_tool_and_the_cluster_agree(delivery: Delivery) -> None:
    await_rest(delivery.cluster)
    delivery.gitopsgen("verify")
    matrix = json.loads(delivery.gitopsgen("status", "--format", "json"))
    told = {one["release"].partition("/")[0]: one["version"]["tag"] for one in matrix["releases"]}
    assert told == {environment: delivery.image(environment) for environment in NAMESPACES}
    assert told == {"dev": "v1.1.0", "staging": "v1.1.0", "prod": "v1.0.0"}
    assert matrix["drift"] == {}


def healthcheck(delivery: Delivery, services: Services, environment: str, status: int = 0) -> str:
    """Ask the service of an Environment, which answers as the cluster splits its traffic now."""
    services.versions = delivery.answers(environment)
    asked = ("--url", services.address, "--samples", str(_ANSWERS), "--timeout", "1s")
    return delivery.gitopsgen("healthcheck", f"{environment}/{APP}", *asked, status=status)


def gates(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a plan at which a person is waited for."""
    return [step for step in plan["steps"] if step["waits"] == "gate"]


def await_rest(cluster: Cluster) -> None:
    """Wait until every Application is Synced, and see that it stays so."""
    cluster.await_that("every Application is Synced", lambda: synced(cluster) == _APPLICATIONS)
    end = time.monotonic() + _RESTS_SECONDS
    while time.monotonic() < end:
        assert synced(cluster) == _APPLICATIONS
        time.sleep(1)


def synced(cluster: Cluster) -> set[str]:
    """Return the Applications that are as git has them."""
    said = cluster.kubectl("get", "applications", "--namespace", "argocd", "--output", "json")
    return {
        one["metadata"]["name"]
        for one in json.loads(said)["items"]
        if one.get("status", {}).get("sync", {}).get("status") == "Synced"
    }
