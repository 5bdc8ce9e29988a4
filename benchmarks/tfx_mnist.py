"""Runs TFX's own MNIST example on Fashion-MNIST, as far as it runs.

`prepare DATA TFDS_DATA` writes the images in the example's format. `run DATA ROOT` runs
its nodes before the Trainer and prints one JSON line: seconds of each.
"""

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from tfx.examples import mnist
from tfx.examples.mnist import mnist_pipeline_native_keras as example
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.proto.orchestration import pipeline_pb2

from pipeline.beam import DIRECT_ARGS

_MODULES = ("mnist_utils_native_keras.py", "mnist_utils_native_keras_base.py")
_NODES = (
    "ImportExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "Transform",
)  # fmt: skip


def prepare(data: Path, tfds_data: str) -> None:
    """Writes all images of both splits as the example reads them."""
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
    """Runs each node before the Trainer and prints what it took."""
    root.mkdir(parents=True)
    for name in _MODULES:
        shutil.copy(Path(mnist.__path__[0], name), root)
    # There is no public door to the example's pipeline.
    pipeline = example._create_pipeline(
        pipeline_name="mnist",
        pipeline_root=str(root / "artifacts"),
        data_root=str(data),
        module_file=str(root / _MODULES[0]),
        serving_model_dir=str(root / "serving"),
        metadata_path=str(root / "metadata.sqlite"),
        beam_pipeline_args=list(DIRECT_ARGS),
    )
    seconds = {}
    for node_id in _NODES:
        options = pipeline_pb2.RunOptions()
        options.partial_run.from_nodes.append(node_id)
        options.partial_run.to_nodes.append(node_id)
        options.partial_run.snapshot_settings.latest_pipeline_run_strategy.SetInParent()
        started = time.perf_counter()
        LocalDagRunner().run(pipeline, run_options=options)
        seconds[node_id] = time.perf_counter() - started
    print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), sys.argv[3])
    else:
        run(Path(sys.argv[2]), Path(sys.argv[3]))
