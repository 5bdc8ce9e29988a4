"""The exit task in the compiled package."""

import pytest
import yaml
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2

from pipeline.exit_codes import PUSHED
from pipeline.kubeflow.deployment import Deployment, Notify, NotifySecret
from pipeline.kubeflow.package import compile_package
from tests.support.servers.kubeflow_api import RUN, Now, pod_of


@pytest.fixture(scope="module", params=["url", "url_secret"])
def package(request, tmp_path_factory):
    """A package whose address is in the deployment, or in a Secret."""
    notify = {
        "url": Notify(url="https://hooks.example.com/1", host="https://kubeflow"),
        "url_secret": Notify(url_secret=NotifySecret(name="hook")),
    }[request.param]
    path = tmp_path_factory.mktemp("package") / "package.yaml"
    compile_package(Deployment(notify=notify), path)
    spec, platform = yaml.safe_load_all(path.read_text())
    return request.param, spec, platform["platforms"]["kubernetes"]


def test_it_runs_after_all_steps_however_they_end(package):
    _, spec, _ = package
    group, task = (spec["root"]["dag"]["tasks"][key] for key in (
        "exit-handler-1", "notification"
    ))  # fmt: skip
    assert task["triggerPolicy"] == {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    assert task["dependentTasks"] == ["exit-handler-1"]
    given = task["inputs"]["parameters"]
    assert given["final_status"] == {
        "taskFinalStatus": {"producerTask": "exit-handler-1"}
    }
    run_id = given["run_id"]["runtimeValue"]["constant"]
    assert run_id == "{{$.pipeline_job_uuid}}"
    # Kubeflow's driver looks for the group under this name.
    assert group["taskInfo"]["name"] == "exit-handler-1"
    steps = spec["components"]["comp-exit-handler-1"]["dag"]["tasks"]
    assert len(steps) == 3
    for step in steps.values():
        run_id = step["inputs"]["parameters"]["run_id"]["runtimeValue"]["constant"]
        assert run_id == "{{$.pipeline_job_uuid}}"


def test_its_address_is_the_deployment_s(package):
    kind, spec, platform = package
    container = spec["deploymentSpec"]["executors"]["exec-notification"]["container"]
    pod = platform["deploymentSpec"]["executors"]["exec-notification"]
    secrets = {
        each["secretName"]: each["keyToEnv"][0]["envVar"] for each in pod["secretAsEnv"]
    }
    assert all(each["optional"] for each in pod["secretAsEnv"])
    if kind == "url":
        assert container["env"] == [
            {"name": "NOTIFY_URL", "value": "https://hooks.example.com/1"}
        ]
        assert container["args"][-2:] == ["--host", "https://kubeflow"]
    else:
        assert secrets["hook"] == "NOTIFY_URL"
        assert "env" not in container
        assert "--host" not in container["args"]
    # It can run without the volume, of which it needs nothing.
    assert "pvcMount" not in pod
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_the_published_specifications_of_kubeflow_parse_it(package):
    _, spec, platform = package
    json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    for pod in platform["deploymentSpec"]["executors"].values():
        json_format.ParseDict(
            pod, kubernetes_executor_config_pb2.KubernetesExecutorConfig()
        )


def test_waiting_finds_the_steps_within_the_group(package, call, api):
    _, *parts = package
    parts[1] = {"platforms": {"kubernetes": parts[1]}}
    api.versions.append(yaml.safe_dump_all(parts))
    last = "evaluator-to-pusher"
    api.logs = {pod_of(last): "Pushed: version 7, test accuracy 0.9100\n"}
    api.answers = [Now("SUCCEEDED", {last: "SUCCEEDED", "notification": "SUCCEEDED"})]
    result = call("wait", RUN)
    assert result.exit_code == PUSHED, result.output
    assert "Evaluator, InfraValidator, Pusher: succeeded" in result.output
    assert "Notification: succeeded" in result.output
