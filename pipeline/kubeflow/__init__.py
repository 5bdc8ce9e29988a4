"""Runs the pipeline on Kubeflow Pipelines: one task, and one container, a node."""
