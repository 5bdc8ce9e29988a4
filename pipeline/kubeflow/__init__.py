"""Runs the pipeline on Kubeflow Pipelines, with one container for each node."""
