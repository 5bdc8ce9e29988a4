"""Runs a pipeline on this machine: nodes, output folder, processes and logs."""
