"""The compiled package, as Kubeflow Pipelines will read it."""

import itertools
import json
from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2

from components.errors import InputError
from pipeline.kubeflow.deployment import Deployment, Resources, Volume
from pipeline.kubeflow.output_artifacts import OUTPUT_ARTIFACTS
from pipeline.kubeflow.package import compile_package
from pipeline.kubeflow.step import METADATA_VARIABLE
from pipeline.running.launcher import upstream_nodes
from pipeline.settings import ON_FORM_SETTINGS, Settings

GOLDEN = {
    "shared": Path(__file__).with_name("fashion-mnist.yaml"),
    "separate": Path(__file__).with_name("separate-stages.yaml"),
}
# Longer ones don't fit where Kubeflow's driver hands them on.
LONGEST_ARGUMENT = 32 * 1024


def compiled(folder, deployment):
    path = folder / "package.yaml"
    compile_package(deployment, path)
    return path.read_text()


@pytest.fixture(scope="module", params=GOLDEN)
def stages(request):
    """Whether short stages share a pod."""
    return request.param


@pytest.fixture(scope="module")
def text(stages, tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("package"), Deployment(stages=stages))


@pytest.fixture(scope="module")
def spec(text):
    return next(iter(yaml.safe_load_all(text)))


@pytest.fixture(scope="module")
def platform(text):
    return list(yaml.safe_load_all(text))[1]["platforms"]["kubernetes"]


@pytest.fixture(scope="module")
def tasks(spec):
    return {
        task["taskInfo"]["name"]: task for task in spec["root"]["dag"]["tasks"].values()
    }


@pytest.fixture(scope="module")
def executors(spec):
    return spec["deploymentSpec"]["executors"]


def arguments_of(executor):
    return executor["container"]["args"]


def stages_of(task):
    return task["taskInfo"]["name"].split(", ")


def test_the_golden_file_is_what_is_compiled(stages, text):
    assert text == GOLDEN[stages].read_text(), "renew it: make golden"


def test_each_stage_is_launched_in_the_one_pod_that_has_its_name(
    stages, spec, tasks, executors
):
    launched = [stage for task in tasks.values() for stage in stages_of(task)]
    assert sorted(launched) == sorted(upstream_nodes(Settings()))
    assert len(tasks) == (3 if stages == "shared" else len(launched))
    assert len(executors) == len(tasks)
    for task in tasks.values():
        component = spec["components"][task["componentRef"]["name"]]
        arguments = arguments_of(executors[component["executorLabel"]])
        given = itertools.pairwise(arguments)
        assert [value for name, value in given if name == "--node"] == stages_of(task)


def test_pods_wait_for_what_their_stages_depend_on(spec, tasks):
    keys = spec["root"]["dag"]["tasks"]
    pod_of = {stage: name for name in tasks for stage in stages_of(tasks[name])}
    for name, task in tasks.items():
        before = {
            keys[key]["taskInfo"]["name"] for key in task.get("dependentTasks", [])
        }
        needed = {
            pod_of[stage]
            for own in stages_of(task)
            for stage in upstream_nodes(Settings())[own]
        }
        assert before == needed - {name}
    assert "AnomalyGate" in upstream_nodes(Settings())["Transform"]


def test_kubeflow_sees_containers_and_only_what_its_pages_show(spec, executors):
    assert {kind for executor in executors.values() for kind in executor} == {
        "container"
    }
    for task in spec["root"]["dag"]["tasks"].values():
        component = spec["components"][task["componentRef"]["name"]]
        assert "artifacts" not in component["inputDefinitions"]
        outputs = component.get("outputDefinitions", {})
        assert set(outputs) <= {"artifacts"}
        shown = {
            name: kind
            for stage in stages_of(task)
            for name, kind in OUTPUT_ARTIFACTS.get(stage, {}).items()
        }
        assert {
            name: each["artifactType"]["schemaTitle"]
            for name, each in outputs.get("artifacts", {}).items()
        } == {name: kind.schema_title for name, kind in shown.items()}
        arguments = arguments_of(executors[component["executorLabel"]])
        assert ("{{$}}" in arguments) is bool(shown)
    assert spec["schemaVersion"] == "2.1.0"


def test_what_is_shown_is_of_nodes_that_there_are():
    assert set(OUTPUT_ARTIFACTS) <= set(upstream_nodes(Settings()))


@pytest.mark.parametrize("writable", [False, True])
def test_files_are_group_writable_only_if_the_deployment_says_so(tmp_path, writable):
    volume = Volume(group_writable=writable)
    text = compiled(tmp_path, Deployment(volume=volume))
    spec = next(iter(yaml.safe_load_all(text)))
    for executor in spec["deploymentSpec"]["executors"].values():
        assert ("--group-writable" in arguments_of(executor)) is writable


def test_arguments_are_short(executors):
    for executor in executors.values():
        for argument in arguments_of(executor):
            assert len(argument) < LONGEST_ARGUMENT


def test_no_task_is_cached_by_kubeflow(tasks):
    for task in tasks.values():
        assert not task["cachingOptions"].get("enableCache", False)


def test_the_run_s_parameters_are_typed_and_have_the_local_defaults(spec):
    inputs = spec["root"]["inputDefinitions"]["parameters"]
    assert {name: each["defaultValue"] for name, each in inputs.items()} == {
        name: getattr(Settings().completed, name) for name in ON_FORM_SETTINGS
    }
    assert {name: each["parameterType"] for name, each in inputs.items()} == {
        "epochs": "NUMBER_INTEGER",
        "batch_size": "NUMBER_INTEGER",
        "learning_rate": "NUMBER_DOUBLE",
        "seed": "NUMBER_INTEGER",
        "min_accuracy": "NUMBER_DOUBLE",
    }
    assert all(each["description"] for each in inputs.values())


def test_every_step_takes_the_run_s_identifier_and_parameters(tasks, executors):
    for task in tasks.values():
        inputs = task["inputs"]["parameters"]
        run_id = inputs["run_id"]["runtimeValue"]["constant"]
        assert run_id == "{{$.pipeline_job_uuid}}"
        for name in ON_FORM_SETTINGS:
            assert inputs[name]["componentInputParameter"] == name
    for executor in executors.values():
        arguments = arguments_of(executor)
        for name in ON_FORM_SETTINGS:
            place = arguments.index(name)
            assert arguments[place - 1] == "--parameter"
            assert arguments[place + 1] == f"{{{{$.inputs.parameters['{name}']}}}}"


def test_every_step_has_all_settings(tmp_path):
    settings = Settings(output="/pipeline/here", max_examples=7, data_mirror="/m")
    text = compiled(tmp_path, Deployment(settings=settings))
    spec = next(iter(yaml.safe_load_all(text)))
    for executor in spec["deploymentSpec"]["executors"].values():
        arguments = arguments_of(executor)
        travelled = arguments[arguments.index("--settings") + 1]
        assert Settings.model_validate_json(travelled) == settings
        assert not set(ON_FORM_SETTINGS) & set(json.loads(travelled))


def test_a_form_does_not_ask_for_what_is_found_in_the_run(tmp_path):
    settings = Settings(output="/pipeline", dataset="mnist:3.0.1")
    text = compiled(tmp_path, Deployment(settings=settings))
    spec = next(iter(yaml.safe_load_all(text)))
    inputs = spec["root"]["inputDefinitions"]["parameters"]
    assert set(inputs) == set(ON_FORM_SETTINGS) - {"min_accuracy"}
    for executor in spec["deploymentSpec"]["executors"].values():
        assert "min_accuracy" not in arguments_of(executor)


def test_steps_get_a_schema_itself_since_they_have_no_file_of_it(tmp_path):
    schema = tmp_path / "images.schema.pbtxt"
    schema.write_text("feature {\n  name: 'image'\n}\n")
    settings = Settings(output="/pipeline", curated_schema=str(schema))
    text = compiled(tmp_path, Deployment(settings=settings))
    schema.unlink()
    spec = next(iter(yaml.safe_load_all(text)))
    for executor in spec["deploymentSpec"]["executors"].values():
        arguments = arguments_of(executor)
        travelled = arguments[arguments.index("--settings") + 1]
        step_settings = Settings.model_validate_json(travelled)
        assert step_settings.schema_text == "feature {\n  name: 'image'\n}\n"


def test_pods_mount_the_volume_once_and_are_not_root(platform, executors):
    pods = platform["deploymentSpec"]["executors"]
    assert set(pods) == set(executors)
    for pod in pods.values():
        (mount,) = pod["pvcMount"]
        assert (mount["constant"], mount["mountPath"]) == ("fashion-mnist", "/pipeline")
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == "1000"


def test_pods_have_a_folder_for_temporary_files_on_a_read_only_root(platform):
    for pod in platform["deploymentSpec"]["executors"].values():
        (mount,) = pod["emptyDirMounts"]
        assert mount["mountPath"] == "/tmp"  # noqa: S108 (in the pod)


def test_the_address_of_ml_metadata_comes_from_a_secret(platform, text):
    for pod in platform["deploymentSpec"]["executors"].values():
        (secret,) = pod["secretAsEnv"]
        assert secret["secretName"] == "fashion-mnist-metadata"
        assert secret["keyToEnv"] == [
            {"secretKey": "address", "envVar": METADATA_VARIABLE}
        ]
        # Else the pod would wait for a missing one for ever, and nobody would say why.
        assert secret["optional"] is True
    assert "postgresql://" not in text


def test_an_object_store_needs_no_volume(tmp_path):
    text = compiled(
        tmp_path,
        Deployment(volume=None, settings=Settings(output="gs://bucket/fashion")),
    )
    assert "pvcMount" not in text


def test_the_image_is_fetched_with_the_deployment_s_secrets(tmp_path, text):
    assert "imagePullSecret" not in text
    text = compiled(tmp_path, Deployment(image_pull_secrets=["regcred", "other"]))
    platform = list(yaml.safe_load_all(text))[1]["platforms"]["kubernetes"]
    for pod in platform["deploymentSpec"]["executors"].values():
        names = [each["secretName"] for each in pod["imagePullSecret"]]
        assert names == ["regcred", "other"]


def test_resources_are_the_deployment_s(tmp_path):
    text = compiled(
        tmp_path,
        Deployment(
            resources={"Trainer": Resources(gpus=2, memory_limit="16Gi")}, retries=3
        ),
    )
    spec = next(iter(yaml.safe_load_all(text)))
    executors = spec["deploymentSpec"]["executors"]
    trainer = executors["exec-trainer"]["container"]["resources"]
    assert trainer["accelerator"]["resourceType"] == "nvidia.com/gpu"
    assert trainer["accelerator"]["resourceCount"] == "2"
    assert trainer["resourceMemoryLimit"] == "16Gi"
    pusher = executors["exec-evaluator-to-pusher"]["container"]["resources"]
    assert "accelerator" not in pusher
    assert pusher["resourceMemoryLimit"] == "4Gi"
    for task in spec["root"]["dag"]["tasks"].values():
        assert task["retryPolicy"]["maxRetryCount"] == 3


def test_a_stage_with_resources_of_its_own_has_a_pod_of_its_own(tmp_path):
    resources = {"Trainer": Resources(), "InfraValidator": Resources(cpu_limit="1")}
    spec = next(
        iter(yaml.safe_load_all(compiled(tmp_path, Deployment(resources=resources))))
    )
    assert set(spec["root"]["dag"]["tasks"]) == {
        "curatedschema-to-transform", "trainer", "evaluator", "infravalidator",
        "pusher",
    }  # fmt: skip


def test_the_published_specifications_of_kubeflow_parse_it(spec, tasks, platform):
    message = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    assert len(message.root.dag.tasks) == len(tasks)
    for pod in platform["deploymentSpec"]["executors"].values():
        json_format.ParseDict(
            pod, kubernetes_executor_config_pb2.KubernetesExecutorConfig()
        )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"resources": {"Trainr": Resources()}},
            "received Trainr; choose from ",
        ),
        (
            {"settings": Settings(output="/pipeline", metadata="postgresql://a:b@c/d")},
            "into the Secret",
        ),
        ({"settings": Settings(output="/elsewhere")}, "mounted at /pipeline"),
        (
            {"settings": Settings(output="/pipeline", infra_validation="docker")},
            "no Docker engine, so infra_validation must be process; received docker",
        ),
        (
            {"volume": None},
            "which this deployment doesn't have, or in an object store",
        ),
        (
            {
                "volume": None,
                "settings": Settings(output="gs://bucket/a", images="gs://bucket/b"),
            },
            "images must be .* this deployment doesn't have; received gs://bucket/b",
        ),
        (
            {"settings": Settings(output="s3://bucket/fashion")},
            "in an object store at gs://; received s3://bucket/fashion",
        ),
        (
            {"settings": Settings(output="/pipeline", images="/home/me/photos")},
            "images must be .* mounted at /pipeline; received /home/me/photos; copy",
        ),
    ],
)
def test_a_deployment_that_can_not_work_is_refused(tmp_path, values, sentence):
    with pytest.raises(InputError, match=sentence):
        compile_package(Deployment(**values), tmp_path / "package.yaml")
    assert not (tmp_path / "package.yaml").exists()
