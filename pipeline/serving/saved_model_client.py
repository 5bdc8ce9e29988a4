"""The model itself, loaded into this process."""

import numpy as np
import tensorflow as tf

from components.errors import InputError
from components.pusher.versions import list_versions
from components.served_model.signatures import INPUT_NAMES
from pipeline.serving.client import Answer, refusal


class SavedModelClient:
    """Asks a SavedModel in this process."""

    def __init__(self, model_dir: str, model_version: int | None = None):
        """Loads the model.

        Args:
            model_dir: Folder or URI of the SavedModel.
            model_version: The version that it is, if it is one.
        """
        self.model_version = model_version
        # The signatures don't keep the model's variables alive; the model does.
        self._model = tf.saved_model.load(model_dir)

    @classmethod
    def of_version(
        cls, serving_dir: str, model_version: int | None = None
    ) -> "SavedModelClient":
        """Loads a pushed version.

        Args:
            serving_dir: Folder or URI that TensorFlow Serving watches.
            model_version: The version; the newest by default.

        Raises:
            InputError: If there is no such version.
        """
        versions = list_versions(serving_dir)
        if not versions:
            raise InputError(
                f"--output must hold a pushed model; {serving_dir} has none; run the "
                f"pipeline first, or name another folder."
            )
        if model_version is None:
            model_version = versions[-1]
        if model_version not in versions:
            raise InputError(
                f"--model-version must be a pushed version; received {model_version}; "
                f"{serving_dir} has {', '.join(map(str, versions))}."
            )
        return cls(f"{serving_dir}/{model_version}", model_version)

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Asks for the classes of a batch of images, as `Client` says."""
        dtype = tf.uint8 if inputs.dtype == np.uint8 else tf.string
        try:
            answers = self._model.signatures[signature](
                **{INPUT_NAMES[signature]: tf.constant(inputs, dtype)}
            )
        except tf.errors.InvalidArgumentError as error:
            raise InputError(
                f"The model refused the request: {refusal(str(error))}."
            ) from error
        return [
            Answer(int(class_id), name.decode(), tuple(map(float, probabilities)))
            for class_id, name, probabilities in zip(
                answers["class_id"].numpy(),
                answers["class_name"].numpy(),
                answers["probabilities"].numpy(),
                strict=True,
            )
        ]
