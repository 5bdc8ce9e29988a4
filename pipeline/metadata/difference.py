"""Finds the differences between two runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.evaluator.evaluation_results import METRIC_PREFIX
from pipeline.metadata.outcomes import outcome_of
from pipeline.metadata.records import NodeRun, Run

# Parameters of an execution that the code sets, not the user.
_CODE = ("code_digest", "custom_config")
_SECTIONS = ("parameters", "code", "data", "metrics")

Facts = Mapping[tuple[str, str], object]


@dataclass(frozen=True)
class Difference:
    """One fact in which two runs differ.

    Attributes:
        section: `parameters`, `code`, `data` or `metrics`.
        name: Name of the fact, for example `Trainer.epochs`.
        first: Value in the first run; None if it has none.
        second: Value in the second run; None if it has none.
    """

    section: str
    name: str
    first: object
    second: object


def compare_runs(first: Run, second: Run) -> list[Difference]:
    """Lists the differences between two runs.

    Args:
        first: The first run.
        second: The second run.

    Returns:
        The differences by section: parameters, code, data, metrics.
    """
    # Stages that only one run reached are left out: all their facts would differ.
    shared = {node.node_id for node in first.nodes} & {
        node.node_id for node in second.nodes
    }

    def facts(run: Run) -> Facts:
        nodes = [node for node in run.nodes if node.node_id in shared]
        return {**_parameters(nodes), **_code(nodes), **_data(run), **_metrics(run)}

    return _differences(facts(first), facts(second))


def _differences(first: Facts, second: Facts) -> list[Difference]:
    # Sorted by section, because facts of only the second run come after all others.
    names = sorted({**first, **second}, key=lambda name: _SECTIONS.index(name[0]))
    return [
        Difference(*name, first.get(name), second.get(name))
        for name in names
        if first.get(name) != second.get(name)
    ]


def _parameters(nodes: Sequence[NodeRun]) -> Facts:
    return {
        ("parameters", f"{node.node_id}.{name}"): value
        for node in nodes
        for name, value in node.parameters.items()
        if name not in _CODE
    }


def _code(nodes: Sequence[NodeRun]) -> Facts:
    return {
        ("code", node.node_id): node.code_digest for node in nodes if node.code_digest
    }


def _data(run: Run) -> Facts:
    facts: dict[tuple[str, str], object] = {}
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
            facts["data", key] = artifact.uri
            for name in names:
                facts["data", name] = artifact.properties.get(name)
    return facts


def _metrics(run: Run) -> Facts:
    outcome = outcome_of(run)
    evaluation = run.output("Evaluator", "evaluation")
    properties = evaluation.properties if evaluation else {}
    return {
        **{
            ("metrics", name.removeprefix(METRIC_PREFIX)): value
            for name, value in sorted(properties.items())
            if name.startswith(METRIC_PREFIX)
        },
        ("metrics", "accuracy"): outcome.accuracy,
        ("metrics", "verdict"): outcome.verdict or None,
        ("metrics", "version"): outcome.version,
        ("metrics", "state"): outcome.state.value,
        ("metrics", "stages"): len({node.node_id for node in run.nodes}),
        ("metrics", "seconds"): round(run.seconds, 1),
    }
