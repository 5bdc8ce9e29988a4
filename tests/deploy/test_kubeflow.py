"""The manifests, among themselves and with the compiled package."""

from pathlib import Path

import pytest
import yaml

from pipeline.kubeflow.deployment import Deployment, read_deployment
from tests.support.manifests import (
    pod_specs,
    read_manifests,
    restricted_faults,
    validate,
)

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "kubeflow"


@pytest.fixture(scope="module")
def kustomization():
    return yaml.safe_load((FOLDER / "kustomization.yaml").read_text())


@pytest.fixture(scope="module")
def manifests(kustomization):
    return read_manifests(*(FOLDER / name for name in kustomization["resources"]))


def named(manifests, kind, name):
    (found,) = (
        manifest
        for manifest in manifests
        if (manifest["kind"], manifest["metadata"]["name"]) == (kind, name)
    )
    return found


def test_kubernetes_schema_accepts_them(manifests):
    assert len(manifests) == 4
    for manifest in manifests:
        validate(manifest)


def test_pods_keep_the_restricted_standard(manifests):
    pods = list(pod_specs(manifests))
    assert len(pods) == 2
    for pod in pods:
        assert restricted_faults(pod) == []


def test_the_job_that_takes_the_data_is_admitted_and_writes_to_the_same_volume():
    (job,) = read_manifests(FOLDER / "mirror.yaml")
    validate(job)
    (pod,) = pod_specs([job])
    assert restricted_faults(pod) == []
    claims = [each.get("persistentVolumeClaim") for each in pod["volumes"]]
    assert {"claimName": Deployment().volume.claim} in claims


def test_the_example_of_a_deployment_shows_the_defaults():
    assert read_deployment(FOLDER / "steps.yaml") == Deployment()


def test_what_the_package_asks_for_is_there(manifests, kustomization):
    deployment = Deployment()
    claim = named(manifests, "PersistentVolumeClaim", deployment.volume.claim)
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    (secret,) = kustomization["secretGenerator"]
    assert secret["name"] == deployment.metadata_secret.name
    assert kustomization["generatorOptions"]["disableNameSuffixHash"] is True
    keys = metadata_env()
    assert set(keys) == {"password", deployment.metadata_secret.key}


def test_the_example_s_address_is_the_database_s(manifests):
    from pipeline.metadata.connection import connection_config

    example = metadata_env()
    database = connection_config(example["address"]).postgresql
    service = named(manifests, "Service", database.host)
    (port,) = service["spec"]["ports"]
    assert str(port["port"]) == database.port
    pods = named(manifests, "StatefulSet", "fashion-mnist-metadata")
    retained = pods["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert retained == {"whenDeleted": "Delete", "whenScaled": "Retain"}
    labels = pods["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    (container,) = pods["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each for each in container["env"]}
    assert environment["POSTGRES_USER"]["value"] == database.user
    assert environment["POSTGRES_DB"]["value"] == database.dbname
    assert database.password == example["password"]
    reference = environment["POSTGRES_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "fashion-mnist-metadata", "key": "password"}


def test_the_volume_is_handed_to_the_steps_group(manifests):
    job = named(manifests, "Job", "fashion-mnist-volume")
    pod = job["spec"]["template"]["spec"]
    assert pod["securityContext"]["fsGroup"] == 1000
    (volume,) = pod["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == "fashion-mnist"


def metadata_env():
    lines = (FOLDER / "metadata.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))
