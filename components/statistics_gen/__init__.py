"""Computes statistics of the examples, by TFX's component."""
