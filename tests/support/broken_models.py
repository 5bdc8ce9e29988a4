"""Breaks exported models, in ways that a server or its clients would notice."""

from collections.abc import Callable, Iterable
from pathlib import Path

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.core.protobuf import saved_model_pb2, trackable_object_graph_pb2

from components.trainer.export import export_model
from components.trainer.model import build_model
from tests.support.fashion import CLASS_NAMES, DESCRIPTION

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def save_under_other_names(folder: Path) -> None:
    """Saves the variables under other names than the graph reads.

    Python's loader finds them by the graph of the objects. So was the fault of a Keras
    model in a module (docs/decisions.md).
    """
    _rewrite_variables(folder, rename=lambda name: f"other/{name}")


def remove_shard(folder: Path) -> None:
    """Removes the file with the values of the variables."""
    next(folder.glob("variables/variables.data-*")).unlink()


def reverse_classes(folder: Path) -> None:
    """Reverses the order of the class names."""
    reversed_names = [name.encode() for name in reversed(CLASS_NAMES)]

    def reverse(node: node_def_pb2.NodeDef) -> None:
        # Asked first: to look for an attribute would add it.
        if "value" in node.attr:
            strings = node.attr["value"].tensor.string_val
            if [*strings] == reversed_names[::-1]:
                strings[:] = reversed_names

    _rewrite_nodes(folder, reverse)


def change_weights(folder: Path) -> None:
    """Changes the weights a little, so that other answers come of them."""
    _rewrite_variables(folder, change=lambda values: values * 1.01)


def spoil_weights(folder: Path) -> None:
    """Makes the weights NaN."""
    _rewrite_variables(folder, change=lambda values: values * float("nan"))


def use_unknown_operation(folder: Path) -> None:
    """Uses an operation that no TensorFlow has."""

    def rename(node: node_def_pb2.NodeDef) -> None:
        if node.op == "Softmax":
            node.op = "SoftmaxOfTomorrow"

    _rewrite_nodes(folder, rename)


def sleep(folder: Path) -> None:
    """Takes longer for an answer than anyone waits."""
    _export(folder, _Sleep())


def eat_memory(folder: Path) -> None:
    """Takes 64 GiB for an answer."""
    _export(folder, _EatMemory())


def remove_classes_signature(folder: Path) -> None:
    """Leaves out the signature with which clients ask for the names of the classes."""
    saved = _read(folder)
    del saved.meta_graphs[0].signature_def["class_names"]
    _write(folder, saved)


def remove_probabilities(folder: Path) -> None:
    """Leaves out the output from which clients read how sure the model is."""
    saved = _read(folder)
    signatures = saved.meta_graphs[0].signature_def
    del signatures["serving_default"].outputs["probabilities"]
    _write(folder, saved)


def cut_graph(folder: Path) -> None:
    """Cuts the file of the graph in half."""
    path = folder / "saved_model.pb"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@keras.saving.register_keras_serializable("tests")
class _Sleep(keras.layers.Layer):
    def call(self, values):
        def longer(count, total):
            return count + 1, tf.sin(total)

        count = tf.cast(tf.shape(values)[0], tf.int64)
        _, total = tf.while_loop(
            lambda at, _: at < 10**12, longer, (count, values), parallel_iterations=1
        )
        return values + 0.0 * total


@keras.saving.register_keras_serializable("tests")
class _EatMemory(keras.layers.Layer):
    def call(self, values):
        count = tf.cast(tf.shape(values)[0], tf.int64)
        eaten = tf.fill([2**34 + count], tf.reduce_sum(values))
        return values + 0.0 * tf.sort(eaten)[0]


def _export(folder: Path, last: keras.layers.Layer) -> None:
    """Exports a network with one more layer, in the place of the model."""
    network = build_model(DESCRIPTION.image_shape, len(CLASS_NAMES))
    model = keras.Sequential([network, last])
    # As tests/support/untrained_model.py leaves it beside its model.
    transform = tft.TFTransformOutput(str(folder.parent / "transform"))
    export_model(model, transform, DESCRIPTION, str(folder))


def _rewrite_nodes(
    folder: Path, change: Callable[[node_def_pb2.NodeDef], None]
) -> None:
    saved = _read(folder)
    for node in _nodes(saved.meta_graphs[0].graph_def):
        change(node)
    _write(folder, saved)


def _nodes(graph: graph_pb2.GraphDef) -> Iterable[node_def_pb2.NodeDef]:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def _read(folder: Path) -> saved_model_pb2.SavedModel:
    content = (folder / "saved_model.pb").read_bytes()
    return saved_model_pb2.SavedModel.FromString(content)


def _write(folder: Path, saved: saved_model_pb2.SavedModel) -> None:
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())


def _rewrite_variables(
    folder: Path,
    rename: Callable[[str], str] = lambda name: name,
    change: Callable[[tf.Tensor], tf.Tensor] = lambda values: values,
) -> None:
    prefix = str(folder / "variables" / "variables")
    reader = tf.train.load_checkpoint(prefix)
    tensors = {}
    for name in reader.get_variable_to_shape_map():
        values = tf.constant(reader.get_tensor(name))
        if name != _OBJECT_GRAPH:
            values = change(values) if values.dtype == tf.float32 else values
            tensors[rename(name)] = values
            continue
        graph = trackable_object_graph_pb2.TrackableObjectGraph()
        graph.ParseFromString(values.numpy())
        for each in graph.nodes:
            for attribute in each.attributes:
                attribute.checkpoint_key = rename(attribute.checkpoint_key)
        tensors[name] = tf.constant(graph.SerializeToString())
    for path in folder.glob("variables/*"):
        path.unlink()
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=list(tensors),
        shape_and_slices=[""] * len(tensors),
        tensors=list(tensors.values()),
    )
