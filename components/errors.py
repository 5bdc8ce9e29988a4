"""The errors that commands turn into sentences."""


class InputError(ValueError):
    """Says in one sentence what was wrong, what was received and what to do.

    The command line prints the sentence alone and exits non-zero; the
    traceback is shown only with `--debug`.
    """


class NodeFailedError(RuntimeError):
    """A node failed. The exception that made it fail, if any, is its cause."""
