"""Asks a model that is loaded into this process."""

import numpy as np
import tensorflow as tf

from components.served_model.signatures import (
    CLASS_IDS,
    CLASS_NAMES,
    INPUT_NAMES,
    PREDICT_IMAGES,
)
from pipeline.serving.client import (
    Answer,
    InputShape,
    RequestRefusedError,
    extract_reason,
    to_input_shape,
)


class SavedModelClient:
    """A client of a SavedModel in this process."""

    def __init__(self, model_dir: str, model_version: int | None = None):
        """Loads the model.

        Args:
            model_dir: Folder or URI of the SavedModel.
            model_version: Its version, if it is a pushed one.
        """
        self.model_version = model_version
        # Kept as a whole, because the signatures don't keep the variables alive.
        self._model = tf.saved_model.load(model_dir)
        self._class_names: tuple[str, ...] | None = None

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Predicts the classes of a batch of images; see `Client.predict`."""
        arrays = self.predict_arrays(signature, inputs)
        return [
            Answer(class_id, name.decode(), tuple(probabilities))
            for class_id, name, probabilities in zip(
                *(array.tolist() for array in arrays), strict=True
            )
        ]

    def predict_arrays(
        self, signature: str, inputs: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Predicts the classes of many images, without an object for each.

        Args:
            signature: As for `Client.predict`.
            inputs: As for `Client.predict`.

        Returns:
            The index and the name of each image's class, int64 and bytes of shape (N,),
            and the probabilities of all classes, float32 of shape (N, classes).

        Raises:
            RequestRefusedError: If the model refuses the request.
        """
        dtype = tf.uint8 if inputs.dtype == np.uint8 else tf.string
        try:
            answers = self._model.signatures[signature](
                **{INPUT_NAMES[signature]: tf.constant(inputs, dtype)}
            )
        except tf.errors.InvalidArgumentError as error:
            raise RequestRefusedError(
                f"The model refused the request: {extract_reason(str(error))}."
            ) from error
        return (
            answers["class_id"].numpy(),
            answers["class_name"].numpy(),
            answers["probabilities"].numpy(),
        )

    def class_names(self, count: int) -> tuple[str, ...]:
        """Returns the names of the classes; see `Client.class_names`."""
        if CLASS_NAMES not in self._model.signatures:
            return ()
        if self._class_names is None:
            class_ids = {CLASS_IDS: tf.range(count, dtype=tf.int64)}
            names = self._model.signatures[CLASS_NAMES](**class_ids)["class_name"]
            self._class_names = tuple(name.decode() for name in names.numpy())
        return self._class_names

    def input_shape(self) -> InputShape:
        """Returns the shape of the model's images; see `Client.input_shape`."""
        _, inputs = self._model.signatures[PREDICT_IMAGES].structured_input_signature
        shape = inputs[INPUT_NAMES[PREDICT_IMAGES]].shape
        return to_input_shape([-1 if size is None else size for size in shape])
