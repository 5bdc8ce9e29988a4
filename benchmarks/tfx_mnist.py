"""Runs TFX's own MNIST example on Fashion-MNIST, until a stage fails.

`prepare DATA TFDS_DATA` writes the images in the example's format. `run DATA ROOT` runs
the example. The last line that it prints is JSON: the seconds of each node, without the
Trainer and the Pusher.
"""

import json
import logging
import shutil
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from tfx.examples import mnist
from tfx.examples.mnist import mnist_pipeline_native_keras as example
from tfx.orchestration.local.local_dag_runner import LocalDagRunner

from pipeline.beam import DIRECT_ARGS
from pipeline.metadata.connection import open_store

_MODULES = ("mnist_utils_native_keras.py", "mnist_utils_native_keras_base.py")
_PIPELINE = "mnist"
_NOT_COMPARED = ("Trainer", "Pusher")


def prepare(data: Path, tfds_data: str) -> None:
    """Writes all images of both splits in the format of the example."""
    data.mkdir(parents=True)
    splits = tfds.as_numpy(
        tfds.load("fashion_mnist:3.0.1", split="train+test", data_dir=tfds_data)
    )
    with tf.io.TFRecordWriter(str(data / "mnist.tfrecord")) as writer:
        for element in splits:
            pixels = element["image"].astype(np.float32).ravel() / 255
            feature = {
                "image_floats": tf.train.Feature(
                    float_list=tf.train.FloatList(value=pixels)
                ),
                "image_class": tf.train.Feature(
                    int64_list=tf.train.Int64List(value=[element["label"]])
                ),
            }
            record = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(record.SerializeToString())


def run(data: Path, root: Path) -> None:
    """Runs the example until a stage fails, and prints the seconds of its nodes."""
    root.mkdir(parents=True)
    metadata = root / "metadata.sqlite"
    for name in _MODULES:
        shutil.copy(Path(mnist.__path__[0], name), root)
    # TFX has no public function that creates the example's pipeline.
    pipeline = example._create_pipeline(
        pipeline_name=_PIPELINE,
        pipeline_root=str(root / "artifacts"),
        data_root=str(data),
        module_file=str(root / _MODULES[0]),
        serving_model_dir=str(root / "serving"),
        metadata_path=str(metadata),
        beam_pipeline_args=list(DIRECT_ARGS),
    )
    try:
        LocalDagRunner().run(pipeline)
    except Exception:
        # Its Trainer may fail with the current TensorFlow. The nodes before it count.
        logging.exception("A stage of TFX's example failed.")
    # Build tools of the libraries print too, so this is the last line.
    print(f"\n{json.dumps(seconds_of_nodes(str(metadata)))}", flush=True)


def seconds_of_nodes(metadata: str) -> dict[str, float]:
    """Reads the seconds of each completed node, without the Trainer and the Pusher."""
    store = open_store(metadata)
    (run_context,) = store.get_contexts_by_type("pipeline_run")
    executions = store.get_executions_by_context(run_context.id)
    seconds = {}
    for execution in sorted(executions, key=lambda execution: execution.id):
        (node_id,) = (
            context.name.removeprefix(f"{_PIPELINE}.")
            for context in store.get_contexts_by_execution(execution.id)
            if context.type == "node"
        )
        complete = execution.last_known_state == execution.COMPLETE
        if complete and not node_id.startswith(_NOT_COMPARED):
            seconds[node_id] = (
                execution.last_update_time_since_epoch
                - execution.create_time_since_epoch
            ) / 1000
    return seconds


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), sys.argv[3])
    else:
        run(Path(sys.argv[2]), Path(sys.argv[3]))
