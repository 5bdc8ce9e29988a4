"""The manifests, the compose file and the server's configuration, held together."""

import subprocess
from pathlib import Path

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from pipeline.kubeflow.deployment import Deployment
from pipeline.settings import Settings
from tests.support.manifests import pod_specs, restricted_faults, validate
from tests.support.tools import require

FOLDER = Path(__file__).parents[2] / "deploy" / "serving"
KUSTOMIZATIONS = ("base", "overlays/batching", "overlays/production")


def render(kustomization):
    rendered = subprocess.run(
        [require("kubectl"), "kustomize", FOLDER / kustomization],
        check=True,
        capture_output=True,
        text=True,
    )
    return list(yaml.safe_load_all(rendered.stdout))


def container_of(manifests):
    ((container,),) = (pod["containers"] for pod in pod_specs(manifests))
    return container


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]["serving"]


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_kubernetes_schema_accepts_the_manifests(kustomization):
    manifests = render(kustomization)
    kinds = {manifest["kind"] for manifest in manifests}
    assert kinds >= {"ConfigMap", "Deployment", "Service"}
    for manifest in manifests:
        validate(manifest)


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_pods_keep_the_restricted_standard(kustomization):
    (pod,) = pod_specs(render(kustomization))
    assert restricted_faults(pod) == []
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [each for each in container["volumeMounts"] if not each.get("readOnly")]
    assert [mount["name"] for mount in writable] == ["tmp"]
    assert container["resources"]["limits"]["memory"]


def test_two_versions_of_what_the_pusher_writes_are_served():
    config = text_format.Parse(
        (FOLDER / "base/config/models.config").read_text(),
        model_server_config_pb2.ModelServerConfig(),
    )
    (model,) = config.model_config_list.config
    output = Deployment().settings.output
    settings = Settings(output=output, metadata="unused.sqlite")
    assert model.base_path == settings.serving_dir
    assert model.name == settings.name
    assert model.model_version_policy.latest.num_versions == 2
    assert settings.keep_versions >= 2


@pytest.mark.tools
def test_the_server_sees_the_volume_that_the_pipelines_steps_write():
    (pod,) = pod_specs(render("base"))
    claims = [
        (volume["name"], volume["persistentVolumeClaim"]["claimName"])
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    ((name, claim),) = claims
    (path,) = (
        mount["mountPath"]
        for mount in pod["containers"][0]["volumeMounts"]
        if mount["name"] == name
    )
    volume = Deployment().volume
    assert (claim, path) == (volume.claim, volume.mount_path)


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_probes_and_services_use_ports_that_the_container_opens(kustomization):
    manifests = render(kustomization)
    container = container_of(manifests)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": 8500, "http": 8501}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        ((_, action),) = (
            (kind, value)
            for kind, value in container[probe].items()
            if kind in ("httpGet", "tcpSocket")
        )
        assert action["port"] in ports
    # A server without a version yet is given time before it is started anew.
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 300
    (service,) = (each for each in manifests if each["kind"] == "Service")
    assert {port["targetPort"] for port in service["spec"]["ports"]} == set(ports)
    (deployment,) = (each for each in manifests if each["kind"] == "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_every_file_that_the_server_is_told_of_is_mounted(kustomization):
    manifests = render(kustomization)
    (config,) = (each for each in manifests if each["kind"] == "ConfigMap")
    named = {
        argument.rpartition("/config/")[2]
        for argument in container_of(manifests)["args"]
        if "/config/" in argument
    }
    assert named == set(config["data"])


@pytest.mark.tools
def test_compose_runs_the_same_server_as_kubernetes(compose):
    container = container_of(render("base"))
    assert compose["image"] == container["image"]
    assert compose["entrypoint"] == container["command"]
    assert compose["command"] == container["args"]
    _, _, tag = compose["image"].rpartition(":")
    assert tag[0].isdigit()


def test_compose_gives_the_server_no_more_than_it_needs(compose):
    assert compose["read_only"] is True
    assert compose["cap_drop"] == ["ALL"]
    assert compose["security_opt"] == ["no-new-privileges:true"]
    assert not compose["user"].startswith("0")
    assert all(volume["read_only"] for volume in compose["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in compose["ports"])
