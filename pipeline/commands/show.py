"""The command that shows one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from pipeline.commands.options import (
    CONTEXT_SETTINGS,
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
)
from pipeline.formatting import (
    STYLES,
    format_duration,
    format_parameters,
    shorten_path,
)
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.metadata.outcomes import Outcome
    from pipeline.metadata.records import Artifact, NodeRun, Run


@click.command(context_settings=CONTEXT_SETTINGS)
@click.argument("run_id", metavar="[RUN]", required=False)
@format_option("tree", "json")
@metadata_options
def show(
    run_id: str | None,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Show the nodes of a run: state, seconds, parameters, inputs and outputs.

    RUN is the run's id, or a unique prefix of it; the newest run if left out.
    """
    with opened_store(settings, debug) as store:
        from pipeline.metadata.outcomes import outcome_of, summarize
        from pipeline.metadata.run_reader import find_run

        run = find_run(store, run_id)
    if output_format == "json":
        nodes = [_node_as_json(node) for node in run.nodes]
        print_json(summarize(run) | {"nodes": nodes})
    else:
        make_console().print(_make_tree(run, outcome_of(run)))


def _make_tree(run: Run, outcome: Outcome) -> Tree:
    facts = [outcome.state.value, format_duration(run.seconds)]
    if outcome.accuracy is not None:
        facts.append(f"test accuracy {outcome.accuracy:.4f}")
    facts += [outcome.verdict] if outcome.verdict else []
    facts += [f"version {outcome.version}"] if outcome.version else []
    tree = Tree(
        Text.assemble(
            (run.run_id, "bold"),
            *((f", {fact}", STYLES.get(fact, "")) for fact in facts),
        )
    )
    for node in run.nodes:
        branch = tree.add(
            Text.assemble(
                (node.node_id, "bold"),
                "  ",
                (node.state.value, STYLES.get(node.state.value, "")),
                f"  {node.seconds:.1f} s",
            )
        )
        if node.error:
            branch.add(Text(node.error, style="red"))
        if node.parameters:
            branch.add(
                f"[dim]parameters[/] {escape(format_parameters(node.parameters))}"
            )
        for word, by_key in (("input", node.inputs), ("output", node.outputs)):
            for key, artifacts in by_key.items():
                for artifact in artifacts:
                    branch.add(
                        f"[dim]{word}[/] {key}: {artifact.type} {artifact.id}"
                        f"{' (deleted)' if artifact.deleted else ''} "
                        f"[dim]{escape(shorten_path(artifact.uri))}[/]"
                    )
    return tree


def _node_as_json(node: NodeRun) -> dict[str, Any]:
    return {
        "node": node.node_id,
        "execution": node.execution_id,
        "state": node.state.value,
        "started": node.started and node.started.isoformat(),
        "seconds": node.seconds,
        "error": node.error or None,
        "parameters": dict(node.parameters),
        "inputs": _artifacts_as_json(node.inputs),
        "outputs": _artifacts_as_json(node.outputs),
    }


def _artifacts_as_json(
    by_key: Mapping[str, Sequence[Artifact]],
) -> dict[str, list[dict[str, Any]]]:
    return {
        key: [
            {
                "id": artifact.id,
                "type": artifact.type,
                "uri": artifact.uri,
                "deleted": artifact.deleted,
            }
            for artifact in artifacts
        ]
        for key, artifacts in by_key.items()
    }
