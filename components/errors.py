"""Defines the errors that commands show as one sentence."""


class InputError(ValueError):
    """Says in one sentence what was wrong, what was received and what to do.

    Commands print only this sentence, and exit with a code other than 0. With
    `--debug`, they show the traceback too.
    """


class NodeFailedError(RuntimeError):
    """A node failed. `__cause__` is the exception that made it fail, if any."""
