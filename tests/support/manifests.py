"""Reads Kubernetes manifests and checks them as a cluster's API server would."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from tests.support.tools import require

Manifest = dict[str, Any]


def read_manifests(*paths: Path) -> list[Manifest]:
    """Reads all documents of YAML files."""
    return [
        document
        for path in paths
        for document in yaml.safe_load_all(path.read_text())
        if document
    ]


def render(kustomization: Path) -> list[Manifest]:
    """Returns the manifests that kubectl makes of a kustomization's folder."""
    rendered = subprocess.run(
        [require("kubectl"), "kustomize", kustomization],
        check=True,
        capture_output=True,
        text=True,
    )
    return list(yaml.safe_load_all(rendered.stdout))


def read_compose(path: Path) -> Manifest:
    """Reads the services of a compose file, which may have the tag `!override`."""

    class Loader(yaml.SafeLoader):
        """Takes the tag for what it stands before."""

    Loader.add_constructor("!override", Loader.construct_sequence)
    return yaml.load(path.read_text(), Loader)["services"]  # noqa: S506 (a safe one)


def validate(manifest: Manifest) -> None:
    """Checks a manifest against the newest schema of Kubernetes that is installed.

    Unknown fields are errors.
    """
    newest = kubernetes_validate.latest_version()
    kubernetes_validate.validate(manifest, newest, strict=True)


def pod_specs(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Yields the specs of all pods that manifests make."""
    for manifest in manifests:
        spec = manifest.get("spec", {})
        if "template" in spec:
            yield spec["template"]["spec"]


def restricted_faults(pod: Manifest) -> list[str]:
    """Returns what of the restricted Pod Security Standard a pod doesn't keep."""
    faults = []
    of_pod = pod.get("securityContext", {})
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        context = of_pod | container.get("securityContext", {})
        kept = {
            "runAsNonRoot": context.get("runAsNonRoot") is True,
            "runAsUser": context.get("runAsUser") != 0,
            "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation")
            is False,
            "capabilities": context.get("capabilities", {}).get("drop") == ["ALL"],
            "seccompProfile": context.get("seccompProfile", {}).get("type")
            in ("RuntimeDefault", "Localhost"),
            "privileged": not context.get("privileged"),
        }
        faults += [
            f"{container['name']}: {name}" for name, fine in kept.items() if not fine
        ]
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            faults.append(name)
    faults += [
        f"volume {volume['name']}"
        for volume in pod.get("volumes", [])
        if "hostPath" in volume
    ]
    return faults
