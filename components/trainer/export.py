"""Exports the trained model together with the graph that prepares its inputs."""

import functools
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.data_description import DataDescription
from components.served_model import signatures
from components.trainer.warmup import write_warmup_requests
from components.transform.decoding import check_images
from components.transform.resizing import fit_pixels, scale_pixels


class ServingModel(tf.Module):
    """The classifier as it is served, from encoded images or pixels to class names.

    `components/served_model/signatures.py` describes the signatures.
    """

    def __init__(
        self,
        model: keras.Model,
        transform: tft.TFTransformOutput,
        description: DataDescription,
    ):
        """Constructs the module.

        Args:
            model: Trained model, which maps scaled pixels to probabilities.
            transform: Output of Transform. Its graph decodes and scales images.
            description: The classes, and the images that the network takes.
        """
        super().__init__()
        # The model is wrapped, so that only its variables are saved with the module. If
        # the module held the Keras 3 model itself, its variables would be saved under
        # other names than the graph reads, and TF Serving would not find them.
        self._classify = functools.partial(model, training=False)
        self.weights = [variable.value for variable in model.variables]
        # An attribute, so that the graph's resources are saved with the module.
        self._transform_layer = transform.transform_features_layer()
        self._feature_spec = {
            features.IMAGE: transform.raw_feature_spec()[features.IMAGE]
        }
        self._description = description
        self._class_names = tf.constant(description.class_names)
        # Its shape depends on the data, so it can't be given to a decorator.
        self.predict_images = tf.function(
            self._predict_images,
            input_signature=[
                tf.TensorSpec(
                    [None, *description.client_shape], tf.uint8, name="images"
                )
            ],
            autograph=False,
        )

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, name="examples")],
        autograph=False,
    )
    def predict_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies serialized tf.Examples with the feature `image`.

        Args:
            examples: String tensor of shape (N,).

        Returns:
            The outputs that `components.served_model.signatures` lists.
        """
        raw = tf.io.parse_example(examples, self._feature_spec)
        return self._answer_encoded(tf.squeeze(raw[features.IMAGE], axis=1))

    def _predict_images(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies raw pixels.

        Of a large JPEG photo, the answer differs a little from that for its file, which
        is decoded smaller.

        Args:
            images: uint8 tensor of shape (N, height, width[, 3 in colour]); of any
                size if the model resizes images.

        Returns:
            The outputs that `components.served_model.signatures` lists.
        """
        # Servers check a request's type, but not its shape.
        description = self._description
        images = tf.ensure_shape(images, [None, *description.client_shape])
        pixels = images[..., tf.newaxis] if description.channels == 1 else images
        if description.resize != "none":
            pixels = fit_pixels(pixels, description)
        # Transform's graph starts with encoded images, so pixels are scaled here.
        return self._answer(scale_pixels(pixels))

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.int64, name="class_ids")],
        autograph=False,
    )
    def name_classes(self, class_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the names of classes.

        Args:
            class_ids: int64 tensor of shape (K,).

        Returns:
            `class_name`, string of shape (K,).
        """
        return {"class_name": tf.gather(self._class_names, class_ids)}

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, name="png")],
        autograph=False,
    )
    def predict_png(self, png: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies encoded images.

        Args:
            png: Bytes of image files, string tensor of shape (N,).

        Returns:
            The outputs that `components.served_model.signatures` lists.
        """
        return self._answer_encoded(png)

    def _answer_encoded(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = self._transform_layer(
            {features.IMAGE: check_images(encoded, self._description)[:, tf.newaxis]}
        )
        return self._answer(transformed[features.transformed_name(features.IMAGE)])

    def _answer(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        count = tf.shape(pixels)[0]
        not_empty = tf.debugging.Assert(
            count > 0, ["A request must hold at least one image; received", count]
        )
        with tf.control_dependencies([not_empty]):
            probabilities = self._classify(tf.identity(pixels))
        class_id = tf.argmax(probabilities, axis=1)
        return {
            "probabilities": probabilities,
            "class_id": class_id,
            "class_name": tf.gather(self._class_names, class_id),
        }


def export_model(
    model: keras.Model,
    transform: tft.TFTransformOutput,
    description: DataDescription,
    directory: str,
) -> None:
    """Writes a SavedModel for TF Serving, TFMA and batch inference.

    It includes the requests with which TF Serving warms up.

    Args:
        model: Trained model.
        transform: Output of Transform.
        description: The classes, and the images that the network takes.
        directory: Folder of the SavedModel.
    """
    module = ServingModel(model, transform, description)
    functions: dict[str, Any] = {
        signatures.SERVING_DEFAULT: module.predict_examples,
        signatures.PREDICT_IMAGES: module.predict_images,
        signatures.PREDICT_PNG: module.predict_png,
        signatures.CLASS_NAMES: module.name_classes,
    }
    tf.saved_model.save(module, directory, signatures=functions)
    write_warmup_requests(directory, description)
