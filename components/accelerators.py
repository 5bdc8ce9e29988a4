"""Finds the accelerators of this machine."""

import tensorflow as tf


def list_accelerators() -> list[str]:
    """Lists the GPUs of this machine, for example `GPU:0`."""
    return [
        device.name.removeprefix("/physical_device:")
        for device in tf.config.list_physical_devices("GPU")
    ]
