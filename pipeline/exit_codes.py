"""The exit codes of the commands, for scripts.

No command uses a code with two meanings. 4 means one thing for the commands that wait
for Kubeflow Pipelines, and another one for `score`.
"""

PUSHED = 0
"""The run pushed its model, or the command succeeded."""

FAILED = 1
"""The data could not be used, a stage or the command failed, or was interrupted."""

MALFORMED = 2
"""An option was malformed or out of range; click uses this code too."""

REFUSED = 3
"""The model was refused, so it wasn't pushed."""

CANCELLED = 4
"""Somebody cancelled the run on Kubeflow Pipelines."""

DRIFTED = 4
"""The scored images have drifted from those that trained the model."""

UNKNOWN = 5
"""It isn't known how the run on Kubeflow Pipelines ended, or whether it did."""

INCOMPLETE = 6
"""Some images could not be classified. There is an answer for each of the others."""
