"""The exit codes of the commands, for scripts."""

PUSHED = 0
"""The run pushed its model, or the command succeeded."""

FAILED = 1
"""The data could not be used, a stage or the command failed, or was interrupted."""

MALFORMED = 2
"""An option was malformed or out of range; click uses this code too."""

REFUSED = 3
"""The model was refused, so it wasn't pushed."""

INCOMPLETE = 4
"""Some images could not be classified. There is an answer for each of the others."""
