"""A connection to Kubeflow Pipelines, by the client that Kubeflow publishes."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kfp
import kfp_server_api
import urllib3
from kfp.client import KF_PIPELINES_SA_TOKEN_ENV

from components.errors import InputError

# Seconds until a connection is there, and until an answer is. The client itself would
# wait for ever for a server that has gone away without a word.
_TIMEOUT = (10, 30)
# Answers of a server that is being restarted, or of a proxy before it.
_PASSING = (408, 429, 500, 502, 503, 504)
_NO_RIGHTS = (401, 403)


class LostConnectionError(InputError):
    """Kubeflow Pipelines gave no answer; it may give one later."""


class RemovedError(InputError):
    """Kubeflow Pipelines doesn't know what was asked for."""


class Cluster:
    """A connection to Kubeflow Pipelines."""

    def __init__(self, host: str, namespace: str | None, token: str | None):
        """Connects.

        What isn't given here, kfp's client takes from where it always does: cookies
        and the namespace from `~/.config/kfp/context.json`, Google's proxy and, in a
        pod, the token of its service account from variables.

        Args:
            host: URL of Kubeflow Pipelines.
            namespace: Namespace of the user's profile; None if there are no profiles.
            token: Bearer token; None if the host asks for none.

        Raises:
            InputError: If the host can't be reached, or refuses the user.
        """
        self.host = host
        with self.errors_as_sentences():
            try:
                with _quiet_health_check():
                    self.client = kfp.Client(
                        host=host,
                        existing_token=token,
                        # By itself, the client looks for it only if no host is given.
                        credentials=kfp.client.ServiceAccountTokenVolumeCredentials()
                        if KF_PIPELINES_SA_TOKEN_ENV in os.environ
                        else None,
                        # The client's own default, by which it means no namespace.
                        namespace=namespace or "kubeflow",
                    )
                self.namespace = namespace or self.client.get_user_namespace() or None
            except TimeoutError as error:
                raise InputError(
                    f"Kubeflow Pipelines at {host} must be healthy and let you in; it "
                    f"refused its health check several times; look at its pods, and "
                    f"check --token and --namespace."
                ) from error

    def get_run(self, run_id: str) -> Any:
        """Asks for a run.

        Args:
            run_id: Identifier of the run.

        Returns:
            The run, a `kfp_server_api.V2beta1Run`.

        Raises:
            LostConnectionError: If there is no answer now.
            InputError: If Kubeflow Pipelines refuses to answer.
        """
        with self._passing_errors():
            run = self.client.runs.run_service_get_run(
                run_id, _request_timeout=_TIMEOUT
            )
        if run.run_id != run_id:
            raise LostConnectionError("the answer is not of Kubeflow Pipelines")
        return run

    def get_package(self, run: Any) -> dict[str, Any]:
        """Asks for the compiled pipeline of a run.

        Args:
            run: The run.

        Returns:
            Its pipeline specification; empty if its version was removed.

        Raises:
            LostConnectionError: If there is no answer now.
            InputError: If Kubeflow Pipelines refuses to answer.
        """
        spec = run.pipeline_spec
        if not spec:
            version = run.pipeline_version_reference
            try:
                with self._passing_errors():
                    pipelines = self.client.pipelines
                    spec = pipelines.pipeline_service_get_pipeline_version(
                        version.pipeline_id,
                        version.pipeline_version_id,
                        _request_timeout=_TIMEOUT,
                    ).pipeline_spec
            except RemovedError:
                return {}
        # With what is only for Kubernetes beside it, or alone.
        return (spec or {}).get("pipeline_spec", spec or {})

    def get_log(self, run_id: str, pod: str) -> str | None:
        """Asks for the log of a step's container.

        The user interface has it, and under another address the API server.

        Args:
            run_id: Identifier of the run.
            pod: Name of the step's pod.

        Returns:
            The log; None if it can't be had.
        """
        query = [("podname", pod), ("runid", run_id)]
        if self.namespace:
            query.append(("podnamespace", self.namespace))
        for path, parameters in (
            ("/k8s/pod/logs", query),
            (f"/apis/v1alpha1/runs/{run_id}/nodes/{pod}/log", []),
        ):
            try:
                answer = self.client.runs.api_client.call_api(
                    path,
                    "GET",
                    query_params=parameters,
                    auth_settings=["Bearer"],
                    _preload_content=False,
                    _request_timeout=_TIMEOUT,
                )
                # Reading the answer may fail too, and so may kfp with one that refuses.
                text = answer.data.decode(errors="replace")
            except (
                kfp_server_api.ApiException,
                urllib3.exceptions.HTTPError,
                UnicodeDecodeError,
            ):
                continue
            # An address that it doesn't know, the user interface answers with its page.
            if answer.status == 200 and not text.lstrip().startswith("<!"):
                return text
        return None

    @contextmanager
    def errors_as_sentences(self) -> Iterator[None]:
        """Turns what the client raises into errors that say what to do.

        Raises:
            InputError: In place of an answer that refuses, or of none.
        """
        try:
            yield
        except kfp_server_api.ApiException as error:
            raise InputError(self._refusal(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise InputError(
                f"--host must be the URL of Kubeflow Pipelines; received {self.host}: "
                f"{_reason(error)}; check that it is running and that its port is "
                f"forwarded."
            ) from error

    @contextmanager
    def _passing_errors(self) -> Iterator[None]:
        """Tells errors that may pass from those that don't."""
        try:
            yield
        except urllib3.exceptions.HTTPError as error:
            raise LostConnectionError(_reason(error)) from error
        except kfp_server_api.ApiException as error:
            if error.status in _PASSING:
                raise LostConnectionError(f"{error.status} {error.reason}") from error
            if error.status == 404:
                raise RemovedError(self._refusal(error)) from error
            raise InputError(self._refusal(error)) from error

    def _refusal(self, error: kfp_server_api.ApiException) -> str:
        advice = ""
        if error.status in _NO_RIGHTS:
            advice = "; check --token and --namespace, a token may have expired"
        return (
            f"Kubeflow Pipelines at {self.host} refused: {error.status} "
            f"{error.reason}{_message(error.body)}{advice}."
        )


def _message(body: str | bytes | None) -> str:
    """Takes the message out of the body of an answer that refuses."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    try:
        content = json.loads(text)
        text = content.get("message") or content.get("error") or text
    except (ValueError, AttributeError):
        pass
    words = " ".join(str(text).split()).rstrip(".")
    return f": {words}" if words else ""


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Says in few words why there is no answer."""
    cause = getattr(error, "reason", None) or error
    # Some of urllib3's errors hold the words and, behind them, the error of the system.
    if len(cause.args) > 1 and isinstance(cause.args[-1], Exception):
        cause = cause.args[-1]
    return str(cause).rpartition(": ")[2] or type(cause).__name__


@contextmanager
def _quiet_health_check() -> Iterator[None]:
    """Keeps from the terminal the tracebacks that kfp logs when it is refused."""
    former = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(former)
