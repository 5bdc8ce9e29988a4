"""The command that shows one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text
from rich.tree import Tree

from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_run
from pipeline.commands.options import (
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
    path_in,
    shorten_path,
)
from pipeline.metadata.outcomes import CODE_PARAMETERS
from pipeline.metadata.records import State
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.metadata.outcomes import Outcome
    from pipeline.metadata.records import Artifact, NodeRun, Run

# Columns of the name of a parameter and the branches before it. A value that fits no
# line beside them, such as a schema, is cut; --format json has it whole.
_BESIDE_A_VALUE = 40


@click.command(cls=CalledCommand)
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_run)
@format_option("tree", "json")
@metadata_options
def show(
    run_id: str | None,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Show the nodes of a run: state, seconds, parameters, inputs and outputs.

    RUN is the run's id or a unique prefix of it, its name, or latest~1; the newest run
    if left out.
    """
    with opened_store(settings, debug) as store:
        from pipeline.metadata.outcomes import outcome_of, summarize
        from pipeline.metadata.output_place import output_place
        from pipeline.metadata.run_names import find_run

        run = find_run(store, run_id, output_place(settings))
    if output_format == "json":
        nodes = [_node_as_json(node) for node in run.nodes]
        print_json(
            summarize(run)
            | {"facts": run.facts.model_dump(mode="json"), "nodes": nodes}
        )
    else:
        console = make_console()
        longest = max(_BESIDE_A_VALUE, console.width - _BESIDE_A_VALUE)
        console.print(_make_tree(run, outcome_of(run), settings.root, longest))


def _make_tree(run: Run, outcome: Outcome, root: str, longest: int) -> Tree:
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
    for name, value in run.facts.describe().items():
        tree.add(Text.assemble((name, "dim"), f" {value}"))
    tree.add(Text.assemble(("folder", "dim"), f" {shorten_path(root)}"))
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
        parameters = {
            name: value
            for name, value in node.parameters.items()
            if name not in CODE_PARAMETERS
        }
        if parameters:
            text = format_parameters(parameters, longest)
            branch.add(Text.assemble(("parameters", "dim"), f" {text}"))
        if node.inputs:
            read = ", ".join(map(_describe, node.read))
            branch.add(Text.assemble(("read", "dim"), f" {read}"))
        for artifact in node.made:
            branch.add(
                Text.assemble(
                    ("reused" if node.state is State.CACHED else "made", "dim"),
                    f" {_describe(artifact)} ",
                    (path_in(root, artifact.uri), "dim"),
                )
            )
    return tree


def _describe(artifact: Artifact) -> str:
    return f"{artifact.type} {artifact.id}{' (deleted)' if artifact.deleted else ''}"


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
