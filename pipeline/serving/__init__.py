"""Clients of the model, in process or behind TensorFlow Serving."""
