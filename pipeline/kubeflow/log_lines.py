"""The lines of a step's log that say how the step ended."""

import re

from pipeline.metadata.outcomes import Outcome

_ERROR = "Error: "
_PUSHED = "Pushed: "
_REFUSED = "Refused: "
# After a failed step's own last line, Kubeflow's launcher and Argo write lines of their
# own, of which one has the same beginning.
_NOT_OURS = re.compile(r"exit status \d+")


def error_line(error: Exception) -> str:
    """Makes the line that says why a step failed."""
    return f"{_ERROR}{' '.join(str(error).split())}"


def verdict_line(outcome: Outcome) -> str:
    """Makes the line that says whether a run pushed its model."""
    if outcome.version:
        return f"{_PUSHED}version {outcome.version}, test accuracy {_accuracy(outcome)}"
    return (
        f"{_REFUSED}the model was {outcome.verdict or 'not judged'} with a test "
        f"accuracy of {_accuracy(outcome)}, and not pushed"
    )


def find_error(log: str) -> str | None:
    """Finds the last line that says why a step failed.

    Args:
        log: Log of the step's container.

    Returns:
        The line; None if there is none.
    """
    lines = [
        line
        for line in log.splitlines()
        if line.startswith(_ERROR)
        and not _NOT_OURS.fullmatch(line.removeprefix(_ERROR).strip())
    ]
    return lines[-1] if lines else None


def find_verdict(log: str) -> tuple[bool, str] | None:
    """Finds the line that says whether a run pushed its model.

    Args:
        log: Log of the container of any step.

    Returns:
        Whether the model was pushed, and the line; None if the step isn't the one that
        pushes.
    """
    lines = [line for line in log.splitlines() if line.startswith((_PUSHED, _REFUSED))]
    return (lines[-1].startswith(_PUSHED), lines[-1]) if lines else None


def _accuracy(outcome: Outcome) -> str:
    return "unknown" if outcome.accuracy is None else f"{outcome.accuracy:.4f}"
