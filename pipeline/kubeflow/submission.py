"""Uploads a package to Kubeflow Pipelines and runs it, once or on a schedule."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import kfp_server_api

from pipeline.kubeflow.cluster import Cluster


@dataclass(frozen=True)
class Uploaded:
    """A version of a pipeline on Kubeflow Pipelines, and what its runs are given.

    Attributes:
        pipeline_id: Identifier of the pipeline.
        version_id: Identifier of the version.
        experiment_id: Identifier of the experiment that shows the runs.
        label: Name of the version and of the run: the pipeline's, and the time.
    """

    pipeline_id: str
    version_id: str
    experiment_id: str
    label: str


def upload(cluster: Cluster, package: Path, name: str, experiment: str) -> Uploaded:
    """Uploads a package as a new version.

    The client prints the links to the version and to the experiment.

    Args:
        cluster: Where to.
        package: The YAML file.
        name: Name of the pipeline; it is created if it doesn't exist.
        experiment: Name of the experiment; it is created if it doesn't exist.

    Returns:
        What a run needs to be started.

    Raises:
        InputError: If Kubeflow Pipelines refuses the package.
    """
    client = cluster.client
    label = f"{name} {datetime.datetime.now():%Y-%m-%d %H:%M:%S}"
    with cluster.errors_as_sentences():
        pipeline_id = _find_pipeline(cluster, name)
        if pipeline_id is None:
            # Without a version: the first one is uploaded like all later ones.
            pipeline_id = client.pipelines.pipeline_service_create_pipeline(
                kfp_server_api.V2beta1Pipeline(
                    display_name=name, name=name, namespace=cluster.namespace
                )
            ).pipeline_id
        version = client.upload_pipeline_version(
            str(package), label, pipeline_id=pipeline_id
        )
        shown_in = client.create_experiment(experiment, namespace=cluster.namespace)
    return Uploaded(
        pipeline_id, version.pipeline_version_id, shown_in.experiment_id, label
    )


def _find_pipeline(cluster: Cluster, name: str) -> str | None:
    """Returns a pipeline's identifier; None if the namespace has none of that name."""
    # The client's own search names no namespace. With profiles, the server then looks
    # among the pipelines that belong to nobody.
    equal = {"key": "display_name", "operation": "EQUALS", "stringValue": name}
    found = cluster.client.pipelines.pipeline_service_list_pipelines(
        namespace=cluster.namespace, filter=json.dumps({"predicates": [equal]})
    ).pipelines
    return found[0].pipeline_id if found else None


def start_run(
    cluster: Cluster, uploaded: Uploaded, arguments: Mapping[str, int | float]
) -> str:
    """Starts a run. The client prints its link.

    Args:
        cluster: Where.
        uploaded: The version to run.
        arguments: Parameters of the run that differ from the package's defaults.

    Returns:
        Identifier of the run.

    Raises:
        InputError: If Kubeflow Pipelines refuses the run.
    """
    with cluster.errors_as_sentences():
        run = cluster.client.run_pipeline(
            uploaded.experiment_id,
            uploaded.label,
            params=dict(arguments),
            pipeline_id=uploaded.pipeline_id,
            version_id=uploaded.version_id,
        )
    return run.run_id
