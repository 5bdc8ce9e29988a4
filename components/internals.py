"""All uses of other libraries' private code in `components/`, each with its reason.

No other module of `components/` may use such code; ruff's rules SLF001 and TID251 (see
pyproject.toml) check that. After an upgrade of TFX or TFDS, only this module and
`pipeline/internals/` need to be checked.
"""

import contextlib
import io
import re
import threading
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
from tfx import types
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.components.infra_validator import executor as infra_validator
from tfx.components.pusher.executor import Executor as PusherExecutor
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx_bsl.tfxio import tf_example_record
from tqdm import auto, tqdm

from components.progress import report_progress

# TFDS raises and documents this error, but doesn't export it.
ChecksumError = NonMatchingChecksumError

# TFX has no public name for the file into which it writes a split's anomalies.
ANOMALIES_FILE = DEFAULT_FILE_NAME

# How TFDS calls its bars, and what these show. It has other bars, which show less.
_TFDS_BARS = (
    (re.compile(r"Dl Size\.\.\."), "downloading"),
    (re.compile(r"Generating (\S{1,10}) examples\.\.\."), r"preparing \1"),
    (re.compile(r"Shuffling .*", re.DOTALL), "shuffling"),
)


class _ReportedBar(tqdm):
    """A bar that reports its progress, and shows nothing itself."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options | {"file": io.StringIO()})

    def display(self, *args: Any, **options: Any) -> None:
        """Reports the progress; tqdm calls it for each change that is to be shown."""
        for pattern, title in _TFDS_BARS:
            if match := pattern.fullmatch(self.desc.removesuffix(": ")):
                report_progress(match.expand(title), self.n, self.total)


# By default, tqdm makes a lock for several processes, of which Python warns when this
# one is killed. These bars are in one process.
_ReportedBar.set_lock(threading.RLock())


@contextlib.contextmanager
def report_tfds_progress() -> Iterator[None]:
    """Reports how far TFDS's downloading and preparing is, until the block ends.

    TFDS can only show its bars on standard error or hide them. It takes their class
    from this module of tqdm for each bar.
    """
    tfds.display_progress_bar(True)
    shown, auto.tqdm = auto.tqdm, _ReportedBar
    try:
        yield
    finally:
        auto.tqdm = shown


@contextlib.contextmanager
def read_examples_by(kind: type[tf_example_record.TFExampleRecord]) -> Iterator[None]:
    """Lets TFX's executors read examples by another class, until the block ends.

    They have no option for it, and take the class from this module of tfx-bsl.

    Args:
        kind: A class that inherits from theirs.
    """
    usual = tf_example_record.TFExampleRecord
    tf_example_record.TFExampleRecord = kind
    try:
        yield
    finally:
        tf_example_record.TFExampleRecord = usual


def make_beam_pipeline(executor: BaseBeamExecutor) -> beam.Pipeline:
    """Makes the Beam pipeline of an executor.

    TFX's own executors call this method of their base class, which has no public name.

    Args:
        executor: The executor. Its component has the arguments for Beam.

    Returns:
        The pipeline.
    """
    return executor._make_beam_pipeline()


def run_of(executor: BaseExecutor) -> tuple[str, str]:
    """Returns the name of the pipeline and the identifier of the run.

    An executor's context has no public name.

    Args:
        executor: A running executor.

    Returns:
        Name of the pipeline, and identifier of the run.
    """
    context: Any = executor._context
    return context.pipeline_info.id, context.pipeline_run_id


def mark_pushed(
    executor: PusherExecutor,
    pushed_model: types.Artifact,
    destination: str,
    version: str,
) -> None:
    """Records that a model was pushed, with the private method of TFX's Pusher.

    Args:
        executor: An executor that inherits from TFX's Pusher.
        pushed_model: The artifact that gets the record.
        destination: Folder or URI of the version.
        version: The version.
    """
    executor._MarkPushed(
        pushed_model, pushed_destination=destination, pushed_version=version
    )


def mark_not_pushed(executor: PusherExecutor, pushed_model: types.Artifact) -> None:
    """Records that no model was pushed, with the private method of TFX's Pusher.

    Args:
        executor: An executor that inherits from TFX's Pusher.
        pushed_model: The artifact that gets the record.
    """
    executor._MarkNotPushed(pushed_model)


def mark_infra_verdict(blessing: types.Artifact, blessed: bool) -> None:
    """Records a verdict as TFX's InfraValidator does, with its private functions.

    Args:
        blessing: The InfraBlessing that gets the record.
        blessed: Whether the model may be pushed.
    """
    if blessed:
        infra_validator._mark_blessed(blessing)
    else:
        infra_validator._mark_not_blessed(blessing)
