"""Runs the pipeline on Kubeflow Pipelines, with stages in containers."""
