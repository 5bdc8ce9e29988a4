"""Derives the outcome of a run: state, accuracy, verdict and published version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipeline.metadata.records import Run, State

CODE_PARAMETERS = ("code_digest", "custom_config")
"""Parameters of an execution that the code sets, not the user."""


class RunState(str, Enum):
    """How far a run got."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    KILLED = "killed"
    RUNNING = "running"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Outcome:
    """The main facts of a run.

    Attributes:
        state: How far it got.
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
        "name": run.facts.name or None,
        "note": run.facts.note or None,
        "tags": list(run.facts.tags),
        "pipeline": run.pipeline or None,
        "started": run.started and run.started.isoformat(),
        "seconds": round(run.seconds, 3),
        "state": outcome.state.value,
        "epochs": outcome.epochs,
        "accuracy": outcome.accuracy,
        "verdict": outcome.verdict or None,
        "version": outcome.version,
    }


def run_rows(
    runs: Sequence[Run], released: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Returns what the table of the runs says of each, as JSON values.

    Args:
        runs: As `standings` takes them.
        released: As `standings` takes them.

    Returns:
        For each run the main facts, `standing` as `standings` tells it, and
        `parameters` by name, for example `Trainer.epochs`.
    """
    standing = standings(runs, released)
    return [
        {
            **summarize(run),
            "standing": standing[run.run_id],
            "parameters": parameters_of(run),
        }
        for run in runs
    ]


def standings(
    runs: Sequence[Run], released: Mapping[str, str | None]
) -> dict[str, list[str]]:
    """Tells which runs stand out among the runs of their pipeline.

    Args:
        runs: All runs of the store, the newest first.
        released: The version that most clients get since the last release, by the
            pipeline's name; None or missing if it is the newest one.

    Returns:
        By identifier of the run, some of `served` (most clients get its model),
        `baseline` (the next model is compared with this one, the one that the Evaluator
        blessed last, whatever InfraValidator said) and `best` (no other model has a
        higher test accuracy).
    """
    found: dict[str, list[str]] = {run.run_id: [] for run in runs}
    for pipeline in {run.pipeline for run in runs}:
        own = [run for run in runs if run.pipeline == pipeline]
        outcomes = {run.run_id: outcome_of(run) for run in own}
        # The dictionaries keep the order, so the first one found is the newest.
        published = [each for each in outcomes if outcomes[each].version]
        version = released.get(pipeline)
        chosen = [each for each in published if outcomes[each].version == version]
        served = next(iter(chosen or published), None)
        baseline = next((each.run_id for each in own if _is_evaluated_well(each)), None)
        measured = {
            run_id: outcome.accuracy
            for run_id, outcome in outcomes.items()
            if outcome.accuracy is not None
        }
        # Of equally good ones, the oldest: a cached run has its first run's accuracy.
        best = max(reversed(measured), key=measured.__getitem__, default=None)
        for word, run_id in (
            ("served", served),
            ("baseline", baseline),
            ("best", best),
        ):
            if run_id is not None:
                found[run_id].append(word)
    return found


def _is_evaluated_well(run: Run) -> bool:
    blessing = run.output("Evaluator", "blessing")
    return bool(blessing and blessing.properties.get("blessed"))


def parameters_of(run: Run) -> dict[str, object]:
    """Returns the parameters that a user can set.

    Args:
        run: The run.

    Returns:
        By name, for example `Trainer.epochs`, the value.
    """
    return {
        f"{node.node_id}.{name}": value
        for node in run.nodes
        for name, value in node.parameters.items()
        if name not in CODE_PARAMETERS
    }


def differing_parameters(runs: Sequence[Run]) -> dict[str, dict[str, object]]:
    """Finds the parameters in which runs differ.

    Args:
        runs: The runs. Those that didn't reach a node have none of its parameters.

    Returns:
        By name, the value in each run by its identifier; None where it has none. The
        name is without the node, for example `epochs`, where no other node has such a
        parameter.
    """
    by_run = {run.run_id: parameters_of(run) for run in runs}
    names = list(dict.fromkeys(name for each in by_run.values() for name in each))
    short = _without_node(names)
    return {
        short[name]: {run_id: each.get(name) for run_id, each in by_run.items()}
        for name in names
        if len({str(each[name]) for each in by_run.values() if name in each}) > 1
    }


def _without_node(names: Iterable[str]) -> Mapping[str, str]:
    last = [name.rpartition(".")[2] for name in names]
    return {
        name: ending if last.count(ending) == 1 else name
        for name, ending in zip(names, last, strict=True)
    }


def _state(run: Run) -> RunState:
    # Only the latest attempt at a node counts.
    states = {node.state for node in run.nodes if node is run.node(node.node_id)}
    for state in (State.FAILED, State.CANCELLED, State.KILLED, State.RUNNING):
        if state in states:
            return RunState(state.value)
    # The Pusher is the last node of every complete run.
    return RunState.COMPLETED if run.node("Pusher") else RunState.UNFINISHED
