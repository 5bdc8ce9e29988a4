"""Decodes, resizes and scales images in one graph, for both training and serving."""
