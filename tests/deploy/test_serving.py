"""The manifests, the compose file and the server's configuration, held together."""

import re
import shutil
from pathlib import Path

import pytest

from components.pusher.model_config import MOUNT, config_path, ensure_config
from pipeline.commands.setting_options import ENVIRONMENT_PREFIX
from pipeline.kubeflow.deployment import Deployment
from pipeline.settings import Settings
from tests.support.manifests import (
    pod_specs,
    read_compose,
    read_manifests,
    render,
    restricted_faults,
    validate,
)

FOLDER = Path(__file__).parents[2] / "deploy" / "serving"
KUSTOMIZATIONS = ("base", "overlays/batching", "overlays/production")


def container_of(manifests):
    ((container,),) = (pod["containers"] for pod in pod_specs(manifests))
    return container


@pytest.fixture(scope="module")
def compose():
    return read_compose(FOLDER / "compose.yaml")["serving"]


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_kubernetes_schema_accepts_the_manifests(kustomization):
    manifests = render(FOLDER / kustomization)
    kinds = {manifest["kind"] for manifest in manifests}
    assert kinds >= {"ConfigMap", "Deployment", "Service"}
    for manifest in manifests:
        validate(manifest)


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_pods_keep_the_restricted_standard(kustomization):
    (pod,) = pod_specs(render(FOLDER / kustomization))
    assert restricted_faults(pod) == []
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [each for each in container["volumeMounts"] if not each.get("readOnly")]
    assert [mount["name"] for mount in writable] == ["tmp"]
    assert container["resources"]["limits"]["memory"]


def step_settings():
    """The settings with which the pipeline's steps run on a cluster."""
    output = Deployment().settings.output
    return Settings(output=output, metadata="unused.sqlite")


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_the_server_reads_the_configuration_that_the_pusher_writes(
    kustomization, tmp_path
):
    manifests = render(FOLDER / kustomization)
    (pod,) = pod_specs(manifests)
    container = container_of(manifests)
    (mount,) = (
        each for each in container["volumeMounts"] if each["mountPath"] == MOUNT
    )
    (volume,) = (each for each in pod["volumes"] if each["name"] == mount["name"])
    shared = Deployment().volume
    assert volume["persistentVolumeClaim"]["claimName"] == shared.claim
    settings = step_settings()
    served = Path(shared.mount_path, mount["subPath"])
    assert served == Path(settings.serving_dir).parent
    (variable,) = container["env"]
    assert variable == {"name": "MODEL_NAME", "value": settings.name}
    assert f"--model_config_file={MOUNT}/$(MODEL_NAME).config" in container["args"]
    assert config_path(settings.serving_dir) == served / f"{settings.name}.config"
    serving_dir = tmp_path / settings.name
    ensure_config(str(serving_dir))
    assert f'"{MOUNT}/{settings.name}"' in config_path(str(serving_dir)).read_text()


@pytest.mark.tools
def test_the_models_name_stands_once(tmp_path):
    source = (FOLDER / "base/deployment.yaml").read_text()
    base = shutil.copytree(FOLDER / "base", tmp_path / "base")
    renamed = source.replace(
        "name: MODEL_NAME, value: fashion_mnist", "name: MODEL_NAME, value: cifar10"
    )
    (base / "deployment.yaml").write_text(renamed)
    probe = container_of(render(base))["readinessProbe"]
    assert probe["httpGet"]["path"] == "/v1/models/cifar10/metadata"


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_the_server_ends_when_it_is_told_to(kustomization, compose):
    (pod,) = pod_specs(render(FOLDER / kustomization))
    # In a namespace of processes that pods share, or under an init process, it isn't
    # the first process, which ignores signals that it doesn't handle.
    assert pod["shareProcessNamespace"] is True
    assert compose["init"] is True
    (container,) = pod["containers"]
    command, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    assert 0 < int(seconds) < 30


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_one_bad_version_holds_up_no_other_and_calls_are_not_refused(kustomization):
    arguments = container_of(render(FOLDER / kustomization))["args"]
    assert "--num_load_threads=2" in arguments
    assert "--grpc_max_threads=128" in arguments
    # Longer than that, a label that moves would wait for two looks at the file.
    assert "--model_config_file_poll_wait_seconds=10" in arguments
    assert "--allow_version_labels_for_unavailable_models=true" in arguments


@pytest.mark.tools
def test_batches_are_limited_and_large_requests_divided():
    text = (FOLDER / "overlays/batching/batching.config").read_text()
    values = dict(re.findall(r"^(\w+) { value: (\w+) }$", text, re.MULTILINE))
    assert values["enable_large_batch_splitting"] == "true"
    assert int(values["max_batch_size"]) >= 1000
    assert int(values["max_execution_batch_size"]) == 64
    arguments = container_of(render(FOLDER / "overlays/batching"))["args"]
    assert {"--enable_batching", "--rest_api_num_threads=128"} <= set(arguments)


def test_the_pod_of_the_release_commands_has_what_the_steps_have():
    (pod,) = read_manifests(FOLDER / "release-pod.yaml")
    validate(pod)
    spec, deployment = pod["spec"], Deployment()
    assert restricted_faults(spec) == []
    (container,) = spec["containers"]
    assert container["image"] == deployment.image
    output, name, metadata = container["env"]
    assert output == {
        "name": f"{ENVIRONMENT_PREFIX}OUTPUT",
        "value": step_settings().output,
    }
    assert name == {
        "name": f"{ENVIRONMENT_PREFIX}PIPELINE_NAME",
        "value": step_settings().name,
    }
    assert metadata["name"] == f"{ENVIRONMENT_PREFIX}METADATA"
    secret = metadata["valueFrom"]["secretKeyRef"]
    wanted = deployment.metadata_secret
    assert (secret["name"], secret["key"]) == (wanted.name, wanted.key)
    (claim,) = (
        volume["persistentVolumeClaim"]["claimName"]
        for volume in spec["volumes"]
        if "persistentVolumeClaim" in volume
    )
    assert claim == deployment.volume.claim
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert mounts["output"] == deployment.volume.mount_path


@pytest.mark.tools
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_probes_and_services_use_ports_that_the_container_opens(kustomization):
    manifests = render(FOLDER / kustomization)
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
    manifests = render(FOLDER / kustomization)
    (config,) = (each for each in manifests if each["kind"] == "ConfigMap")
    named = {
        argument.rpartition("/config/")[2]
        for argument in container_of(manifests)["args"]
        if "/config/" in argument
    }
    assert named == set(config["data"])


@pytest.mark.tools
def test_compose_runs_the_same_server_as_kubernetes(compose):
    container = container_of(render(FOLDER / "base"))
    assert compose["image"] == container["image"]
    assert compose["entrypoint"] == container["command"]
    in_compose = [
        each.replace("${MODEL_NAME:-fashion_mnist}", "$(MODEL_NAME)")
        for each in compose["command"]
    ]
    assert in_compose == container["args"]
    assert MOUNT in {volume["target"] for volume in compose["volumes"]}
    assert container["env"] == [{"name": "MODEL_NAME", "value": "fashion_mnist"}]
    _, _, tag = compose["image"].rpartition(":")
    assert tag[0].isdigit()


def test_compose_gives_the_server_no_more_than_it_needs(compose):
    assert compose["read_only"] is True
    assert compose["cap_drop"] == ["ALL"]
    assert compose["security_opt"] == ["no-new-privileges:true"]
    assert not compose["user"].startswith("0")
    assert all(volume["read_only"] for volume in compose["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in compose["ports"])
