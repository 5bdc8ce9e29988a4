"""How a run of this pipeline came out: state, accuracy, verdict and version."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipeline.metadata.records import Run, State


class RunState(str, Enum):
    """How far a run has come."""

    COMPLETED = "completed"
    FAILED = "failed"
    RUNNING = "running"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Outcome:
    """The main facts of a run.

    Attributes:
        state: How far it has come. A run whose process was killed within a node
            looks as if it were still running.
        epochs: Passes over the train split; None if it hasn't come to the Trainer.
        accuracy: On the test split; None if it hasn't been measured.
        blessed: Whether the model met every threshold; None if none was judged.
        version: The version as which the model was published; None if it wasn't.
    """

    state: RunState
    epochs: int | None
    accuracy: float | None
    blessed: bool | None
    version: str | None

    @property
    def verdict(self) -> str:
        """`blessed` or `refused`, empty if no model was judged."""
        if self.blessed is None:
            return ""
        return "blessed" if self.blessed else "refused"


def outcome_of(run: Run) -> Outcome:
    """Derives the outcome of a run from what its nodes recorded."""
    trainer = run.node("Trainer")
    evaluation = run.output("Evaluator", "evaluation")
    blessing = run.output("Evaluator", "blessing")
    pushed_model = run.output("Pusher", "pushed_model")
    epochs = trainer.parameters.get("epochs") if trainer else None
    accuracy = evaluation.properties.get("accuracy") if evaluation else None
    blessed = blessing.properties.get("blessed") if blessing else None
    pushed = bool(pushed_model and pushed_model.properties.get("pushed"))
    return Outcome(
        state=_state(run),
        epochs=epochs if isinstance(epochs, int) else None,
        accuracy=accuracy if isinstance(accuracy, float) else None,
        blessed=None if blessed is None else bool(blessed),
        version=str(pushed_model.properties.get("pushed_version"))
        if pushed_model and pushed
        else None,
    )


def summarize(run: Run) -> dict[str, Any]:
    """Returns the main facts of a run, as JSON values."""
    outcome = outcome_of(run)
    return {
        "run": run.run_id,
        "started": run.started and run.started.isoformat(),
        "seconds": round(run.seconds, 3),
        "state": outcome.state.value,
        "epochs": outcome.epochs,
        "accuracy": outcome.accuracy,
        "verdict": outcome.verdict or None,
        "version": outcome.version,
    }


def _state(run: Run) -> RunState:
    # An earlier attempt at a node doesn't count.
    states = {node.state for node in run.nodes if node is run.node(node.node_id)}
    if State.FAILED in states:
        return RunState.FAILED
    if State.RUNNING in states:
        return RunState.RUNNING
    # The last node of every run that goes through.
    return RunState.COMPLETED if run.node("Pusher") else RunState.UNFINISHED
