"""Finds the differences between runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.evaluator.evaluation_results import METRIC_PREFIX
from pipeline.metadata.outcomes import outcome_of, parameters_of
from pipeline.metadata.records import Run

SECTIONS = ("parameters", "code", "data", "machine", "metrics", "classes")
"""Sections of a comparison, in their order."""

# As many as tell the commits of a repository apart.
_COMMIT_CHARACTERS = 12

Facts = Mapping[tuple[str, str], object]


@dataclass(frozen=True)
class Difference:
    """One fact in which runs differ.

    Attributes:
        section: One of `SECTIONS`.
        name: Name of the fact, for example `Trainer.epochs`.
        values: Value in each run; None where it has none.
    """

    section: str
    name: str
    values: Sequence[object]

    def changes(self) -> list[float | None]:
        """Returns how far each number is from the first run's.

        Returns:
            A value for each run; None for the first one, and where one isn't a number
            that was measured.
        """
        first = self.values[0]
        if self.section not in ("metrics", "classes") or not isinstance(first, float):
            return [None] * len(self.values)
        return [
            None,
            *(
                value - first if isinstance(value, float) else None
                for value in self.values[1:]
            ),
        ]


def compare_runs(
    runs: Sequence[Run], class_accuracies: Sequence[Mapping[str, float]]
) -> list[Difference]:
    """Lists the differences between runs.

    Args:
        runs: At least two runs.
        class_accuracies: For each run, the test accuracy of each class; empty where it
            isn't known.

    Returns:
        The differences, by section.
    """
    # Stages that not every run reached are left out: all their facts would differ.
    shared = set.intersection(*({node.node_id for node in run.nodes} for run in runs))
    facts = [
        _facts(run, shared, accuracies)
        for run, accuracies in zip(runs, class_accuracies, strict=True)
    ]
    names = dict.fromkeys(name for each in facts for name in each)
    differences = [
        Difference(*name, [each.get(name) for each in facts])
        # Sorted by section: facts of only the second run come after all others.
        for name in sorted(names, key=lambda name: SECTIONS.index(name[0]))
    ]
    return [
        each
        for each in differences
        if any(value != each.values[0] for value in each.values)
    ]


def _facts(run: Run, shared: set[str], accuracies: Mapping[str, float]) -> Facts:
    machine = run.facts.machine.model_dump() if run.facts.machine else {}
    versions: Mapping[str, Any] = machine.pop("versions", {})
    if machine.get("commit"):
        machine["commit"] = machine["commit"][:_COMMIT_CHARACTERS]
    sections: Mapping[str, Mapping[str, object]] = {
        "parameters": {
            name: value
            for name, value in parameters_of(run).items()
            if name.partition(".")[0] in shared
        },
        "code": {
            node.node_id: node.code_digest
            for node in run.nodes
            if node.node_id in shared and node.code_digest
        },
        "data": _data(run),
        "machine": {**machine, **versions},
        "metrics": _metrics(run),
        "classes": accuracies,
    }
    return {
        (section, name): value
        for section, facts in sections.items()
        for name, value in facts.items()
    }


def _data(run: Run) -> dict[str, object]:
    facts: dict[str, object] = {}
    for node_id, key, names in (
        (
            "ImageExampleGen",
            "examples",
            ("dataset_name", "dataset_version", "dataset_checksums"),
        ),
        ("CuratedSchema", "schema", ()),
    ):
        artifact = run.output(node_id, key)
        if artifact:
            facts[key] = f"{artifact.type} {artifact.id}"
            for name in names:
                facts[name] = artifact.properties.get(name)
    return facts


def _metrics(run: Run) -> dict[str, object]:
    outcome = outcome_of(run)
    evaluation = run.output("Evaluator", "evaluation")
    properties = evaluation.properties if evaluation else {}
    return {
        **{
            name.removeprefix(METRIC_PREFIX): value
            for name, value in sorted(properties.items())
            if name.startswith(METRIC_PREFIX)
        },
        "accuracy": outcome.accuracy,
        "verdict": outcome.verdict or None,
        "version": outcome.version,
        "state": outcome.state.value,
        "stages": len({node.node_id for node in run.nodes}),
        "seconds": round(run.seconds, 1),
    }
