"""A quick stand-in for the process in which a version is loaded before its release."""

import tensorflow as tf

from components.infra_validator.session_process import Report


def load_in_this_process(model_dir, signatures, calls, memory_mb, seconds) -> Report:
    """Loads a model where TensorFlow is imported already, in a few milliseconds."""
    try:
        tf.saved_model.load(model_dir)
    except Exception as error:
        return Report(fault=str(error))
    return Report(load_seconds=0.0)
