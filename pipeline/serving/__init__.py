"""Clients of the model: loaded into this process, or behind TensorFlow Serving."""
