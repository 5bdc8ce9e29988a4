"""Exports the trained model with the graph that prepares its inputs."""

from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.transform.images import decode_images, scale_pixels

# Clients send grey images as they have them, without an axis of one channel.
_CLIENT_SHAPE = (
    features.IMAGE_SHAPE[:2] if features.IMAGE_SHAPE[-1] == 1 else features.IMAGE_SHAPE
)


class ServingModel(tf.Module):
    """The classifier as it is served: from what clients have to class names.

    Every signature answers `probabilities`, float32 of shape (N, classes),
    `class_id`, int64 of shape (N,), and `class_name`, string of shape (N,).
    """

    def __init__(self, model: keras.Model, transform: tft.TFTransformOutput):
        """Constructs the module.

        Args:
            model: Trained model, from scaled pixels to probabilities.
            transform: Output of Transform, whose graph prepares tf.Examples.
        """
        super().__init__()
        self._model = model
        # Held by the module so that the graph's resources are saved with it.
        self._transform_layer = transform.transform_features_layer()
        self._feature_spec = {
            features.IMAGE: transform.raw_feature_spec()[features.IMAGE]
        }
        self._class_names = tf.constant(features.CLASS_NAMES)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def predict_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies serialized tf.Examples that hold the feature `image`."""
        raw = tf.io.parse_example(examples, self._feature_spec)
        transformed = self._transform_layer(raw)
        return self._answer(transformed[features.transformed_name(features.IMAGE)])

    @tf.function(
        input_signature=[tf.TensorSpec([None, *_CLIENT_SHAPE], tf.uint8, name="images")]
    )
    def predict_images(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies raw pixels, uint8 of shape (N, height, width[, 3 in colour])."""
        pixels = tf.reshape(images, [-1, *features.IMAGE_SHAPE])
        return self._answer(scale_pixels(pixels))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="png")])
    def predict_png(self, png: tf.Tensor) -> dict[str, tf.Tensor]:
        """Classifies encoded images, PNG or JPEG bytes of shape (N,)."""
        return self._answer(scale_pixels(decode_images(png)))

    def _answer(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        probabilities = self._model(pixels, training=False)
        class_id = tf.argmax(probabilities, axis=1)
        return {
            "probabilities": probabilities,
            "class_id": class_id,
            "class_name": tf.gather(self._class_names, class_id),
        }


def export_model(
    model: keras.Model, transform: tft.TFTransformOutput, directory: str
) -> None:
    """Writes a SavedModel that TF Serving, TFMA and batch inference can call.

    Args:
        model: Trained model.
        transform: Output of Transform.
        directory: Folder of the SavedModel.
    """
    module = ServingModel(model, transform)
    signatures: dict[str, Any] = {
        "serving_default": module.predict_examples,
        "predict_images": module.predict_images,
        "predict_png": module.predict_png,
    }
    tf.saved_model.save(module, directory, signatures=signatures)
