"""Derives the outcome of a run: state, accuracy, verdict and published version."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipeline.metadata.records import Run, State


class RunState(str, Enum):
    """How far a run got."""

    COMPLETED = "completed"
    FAILED = "failed"
    RUNNING = "running"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Outcome:
    """The main facts of a run.

    Attributes:
        state: How far it got. A run whose process was killed during a node looks as
            if it were still running.
        epochs: Passes over the train split; None if it didn't reach the Trainer.
        accuracy: Accuracy on the test split, 0 to 1; None if it wasn't measured.
        blessed: Whether the model met every threshold and can be served; None if no
            model was evaluated.
        version: Version under which the model was published; None if it wasn't.
    """

    state: RunState
    epochs: int | None
    accuracy: float | None
    blessed: bool | None
    version: str | None

    @property
    def verdict(self) -> str:
        """`blessed` or `refused`; empty if no model was evaluated."""
        if self.blessed is None:
            return ""
        return "blessed" if self.blessed else "refused"


def outcome_of(run: Run) -> Outcome:
    """Derives the outcome of a run from what its nodes recorded."""
    trainer = run.node("Trainer")
    evaluation = run.output("Evaluator", "evaluation")
    blessings = [
        blessing.properties["blessed"]
        for node_id in ("Evaluator", "InfraValidator")
        if (blessing := run.output(node_id, "blessing"))
        and "blessed" in blessing.properties
    ]
    pushed_model = run.output("Pusher", "pushed_model")
    epochs = trainer.parameters.get("epochs") if trainer else None
    accuracy = evaluation.properties.get("accuracy") if evaluation else None
    pushed = bool(pushed_model and pushed_model.properties.get("pushed"))
    return Outcome(
        state=_state(run),
        epochs=epochs if isinstance(epochs, int) else None,
        accuracy=accuracy if isinstance(accuracy, float) else None,
        blessed=all(blessings) if blessings else None,
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
    # Only the latest attempt at a node counts.
    states = {node.state for node in run.nodes if node is run.node(node.node_id)}
    if State.FAILED in states:
        return RunState.FAILED
    if State.RUNNING in states:
        return RunState.RUNNING
    # The Pusher is the last node of every complete run.
    return RunState.COMPLETED if run.node("Pusher") else RunState.UNFINISHED
