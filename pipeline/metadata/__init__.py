"""Reads what ML Metadata recorded of the runs. Nothing here imports TensorFlow."""
