"""Loads the model as TensorFlow Serving does, and asks it, before it is pushed."""
