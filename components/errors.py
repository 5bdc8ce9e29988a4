"""The error that a user can mend."""


class InputError(ValueError):
    """Says in one sentence what was wrong, what was received and what to do.

    The command line prints the sentence alone and exits non-zero; the
    traceback is shown only with `--debug`.
    """
