"""Uploads a package to Kubeflow Pipelines, runs it and waits for its end."""

import datetime
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import kfp
import kfp_server_api
import urllib3
from rich.console import Console

from components.errors import InputError
from components.terminal import status

SUCCEEDED = "SUCCEEDED"
_ENDED = (SUCCEEDED, "FAILED", "CANCELED", "SKIPPED")
_POLL_SECONDS = 5


class Cluster:
    """A connection to Kubeflow Pipelines."""

    def __init__(self, host: str, namespace: str | None, token: str | None):
        """Connects.

        Args:
            host: URL of Kubeflow Pipelines.
            namespace: Namespace of the user's profile; None if there are no profiles.
            token: Bearer token; None if the host asks for none.

        Raises:
            InputError: If the host can't be reached.
        """
        self._host = host
        self._namespace = namespace
        with self._errors_as_sentences(), warnings.catch_warnings():
            # The client warns each time that it needs a server of version 2.
            warnings.simplefilter("ignore", FutureWarning)
            self._client = kfp.Client(host=host, existing_token=token)

    def submit(
        self,
        package: Path,
        name: str,
        experiment: str,
        arguments: Mapping[str, int | float],
    ) -> str:
        """Uploads a package as a new version, and starts a run of it.

        The client prints the links to the pipeline, the experiment and the run.

        Args:
            package: The YAML file.
            name: Name of the pipeline.
            experiment: Name of the experiment; it is created if it doesn't exist.
            arguments: Parameters of the run that differ from the package's defaults.

        Returns:
            Identifier of the run.

        Raises:
            InputError: If Kubeflow Pipelines refuses the package or the run.
        """
        label = f"{name} {datetime.datetime.now():%Y-%m-%d %H:%M:%S}"
        with self._errors_as_sentences():
            pipeline_id = self._client.get_pipeline_id(name)
            if pipeline_id is None:
                pipeline_id = self._client.upload_pipeline(
                    str(package), name, namespace=self._namespace
                ).pipeline_id
            version = self._client.upload_pipeline_version(
                str(package), label, pipeline_id=pipeline_id
            )
            run = self._client.run_pipeline(
                self._client.create_experiment(
                    experiment, namespace=self._namespace
                ).experiment_id,
                label,
                params=dict(arguments),
                pipeline_id=pipeline_id,
                version_id=version.pipeline_version_id,
            )
        return run.run_id

    def wait(self, run_id: str, seconds: float) -> str:
        """Waits until a run has ended.

        kfp's own method never returns if the run is cancelled.

        Args:
            run_id: Identifier of the run.
            seconds: Longest time to wait.

        Returns:
            State in which it ended: `SUCCEEDED`, `FAILED`, `CANCELED` or `SKIPPED`.

        Raises:
            InputError: If the run takes longer.
        """
        deadline = time.monotonic() + seconds
        title = "Waiting for the run"
        with status(Console(stderr=True), title) as update, self._errors_as_sentences():
            while True:
                state = self._client.get_run(run_id).state
                if state in _ENDED:
                    return state
                if time.monotonic() > deadline:
                    raise InputError(
                        f"The run must end within --timeout; it is still "
                        f"{str(state).lower()} after {seconds:g} s; it continues, so "
                        f"look at it in the user interface."
                    )
                update(f"{title}: {str(state).lower()}")
                time.sleep(_POLL_SECONDS)

    @contextmanager
    def _errors_as_sentences(self) -> Iterator[None]:
        try:
            yield
        except kfp_server_api.ApiException as error:
            raise InputError(
                f"Kubeflow Pipelines at {self._host} refused: {error.status} "
                f"{error.reason}: {' '.join(str(error.body or '').split())}"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise InputError(
                f"--host must be the URL of Kubeflow Pipelines; received {self._host}: "
                f"{error}; check that it is running and that its port is forwarded."
            ) from error
