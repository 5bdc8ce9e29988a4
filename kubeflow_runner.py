"""Runs the pipeline on Kubeflow Pipelines: `python kubeflow_runner.py --help`."""

import sys

try:
    from pipeline.commands.kubeflow import kubeflow
except KeyboardInterrupt:  # Ctrl-C so early that no command can answer it
    sys.exit("Aborted!")

if __name__ == "__main__":
    kubeflow(prog_name="python kubeflow_runner.py")
