"""Decodes and scales images in the graph, for training and serving alike."""
