"""The command that shows what an artifact was made from and used for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.tree import Tree

from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_file
from pipeline.commands.options import (
    format_option,
    make_console,
    metadata_options,
    opened_store,
    print_json,
)
from pipeline.formatting import path_in, shorten_path
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.metadata.lineage_graph import LineageGraph
    from pipeline.metadata.records import Artifact

# The most artifacts that a tree shows. A data set can lead to thousands, too many to
# read.
_SHOWN = 100


@click.command(cls=CalledCommand)
@click.argument("name", metavar="ARTIFACT|VERSION|PATH", shell_complete=complete_file)
@format_option("tree", "json", "mermaid", "dot", "html")
@metadata_options
def lineage(
    name: str,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Show what an artifact was made from, back to the data, and what was made from it.

    Name the artifact by a published version, by its id or its URI, or by a path. The
    path may be the artifact's folder, the folder of a published version, or anything
    inside them, also as this command shows it. A number is taken for a version if there
    is one with that number, otherwise for an artifact's id.

    \b
    Examples:
      {command} output/serving/fashion_mnist/1795433368
      {command} 7 --format mermaid
      {command} 7 --format html > lineage.html
    """  # noqa: D301 (click keeps the lines after \b apart)
    with opened_store(settings, debug) as store:
        from pipeline.metadata.diagrams import to_dot, to_mermaid
        from pipeline.metadata.drift_records import load_drift
        from pipeline.metadata.lineage_graph import LineageGraph
        from pipeline.metadata.output_place import output_place
        from pipeline.metadata.release_records import load_releases
        from pipeline.metadata.run_reader import load_runs

        place = output_place(settings)
        records = [*load_releases(store), *load_drift(store)]
        graph = LineageGraph(load_runs(store, place), records)
        subject = graph.find(name, settings.root)
    artifacts = [*graph.ancestors(subject), subject, *graph.descendants(subject)]
    if output_format == "json":
        print_json(_as_json(graph, artifacts, subject))
    elif output_format == "mermaid":
        click.echo(to_mermaid(graph, artifacts, subject))
    elif output_format == "dot":
        click.echo(to_dot(graph, artifacts, subject))
    elif output_format == "html":
        from pipeline.report.lineage_figure import render_lineage

        click.echo(render_lineage(graph, subject))
    else:
        make_console().print(_make_tree(graph, subject, settings.root))


def _make_tree(graph: LineageGraph, subject: Artifact, root: str) -> Tree:
    tree = Tree(f"[bold]{_describe(graph, subject, root)}")
    tree.add(f"[dim]folder[/] {escape(shorten_path(root))}")
    for title, follow, everything in (
        ("made from", graph.made_from, graph.ancestors(subject)),
        ("made into", graph.made_into, graph.descendants(subject)),
    ):
        if not everything:
            tree.add(f"[dim]{title} nothing else")
            continue
        branch = tree.add(f"[bold]{title}")
        _add_branches(branch, graph, follow(subject), follow, set(), root)
        if len(everything) > _SHOWN:
            branch.add(
                f"and {len(everything) - _SHOWN} more; --format json has them all"
            )
    return tree


def _add_branches(
    branch: Tree,
    graph: LineageGraph,
    artifacts: Sequence[Artifact],
    follow: Callable[[Artifact], Sequence[Artifact]],
    shown: set[int],
    root: str,
) -> None:
    """Adds artifacts and, below each, those that follow it; each only once."""
    for artifact in artifacts:
        if artifact.id in shown:
            branch.add(f"[dim]{escape(graph.describe(artifact))} (see above)")
            continue
        if len(shown) == _SHOWN:
            return
        shown.add(artifact.id)
        _add_branches(
            branch.add(_describe(graph, artifact, root)),
            graph,
            follow(artifact),
            follow,
            shown,
            root,
        )


def _describe(graph: LineageGraph, artifact: Artifact, root: str) -> str:
    lines = [escape(graph.describe(artifact))]
    step = graph.step(artifact)
    if step:
        code = f", code {step.node.code_digest}" if step.node.code_digest else ""
        lines.append(f"[dim]by {step.node.node_id}{code}, run {step.run_id}[/]")
    lines.append(f"[dim]{escape(path_in(root, artifact.uri))}[/]")
    if artifact.properties.get("pushed"):
        destination = path_in(root, artifact.properties.get("pushed_destination"))
        lines.append(f"[dim]published as[/] {escape(destination)}")
    return "\n".join(lines)


def _as_json(
    graph: LineageGraph, artifacts: Sequence[Artifact], subject: Artifact
) -> dict[str, Any]:
    return {
        "subject": subject.id,
        "artifacts": [_artifact_as_json(graph, artifact) for artifact in artifacts],
        "edges": [{"from": read, "to": made} for read, made in graph.edges(artifacts)],
    }


def _artifact_as_json(graph: LineageGraph, artifact: Artifact) -> dict[str, Any]:
    step = graph.step(artifact)
    return {
        "id": artifact.id,
        "type": artifact.type,
        "uri": artifact.uri,
        "deleted": artifact.deleted,
        "properties": dict(artifact.properties),
        "made_by": step
        and {
            "run": step.run_id,
            "node": step.node.node_id,
            "execution": step.node.execution_id,
            "code_digest": step.node.code_digest,
            "parameters": dict(step.node.parameters),
        },
    }
