"""Runs the pipeline on Kubeflow Pipelines: `python kubeflow_runner.py --help`."""

from pipeline.commands.kubeflow import kubeflow

if __name__ == "__main__":
    kubeflow(prog_name="python kubeflow_runner.py")
