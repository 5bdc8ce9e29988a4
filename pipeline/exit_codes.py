"""The exit codes of the commands, for scripts."""

PUSHED = 0
"""A run pushed its model, or a command did what it was asked."""

FAILED = 1
"""The data or a stage failed, or a command could not do what it was asked."""

MALFORMED = 2
"""An option was malformed or out of range; click's own code."""

REFUSED = 3
"""The model was refused, so it was not pushed."""
