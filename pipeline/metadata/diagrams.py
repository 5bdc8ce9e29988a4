"""Writes lineage in the languages of diagram programs: Mermaid and Graphviz."""

from collections.abc import Callable, Sequence

from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact


def to_mermaid(
    graph: LineageGraph, artifacts: Sequence[Artifact], subject: Artifact
) -> str:
    """Writes a flow chart for Mermaid, which many Markdown viewers draw.

    Args:
        graph: The lineage.
        artifacts: What to draw.
        subject: The artifact that was asked for; its box gets a thick border.

    Returns:
        The chart as Mermaid source.
    """
    lines = ["flowchart TB"]
    lines += [
        f'  a{artifact.id}["{_label(graph, artifact, _escape_for_mermaid, "<br/>")}"]'
        for artifact in artifacts
    ]
    lines += [f"  a{read} --> a{made}" for read, made in graph.edges(artifacts)]
    lines.append(f"  style a{subject.id} stroke-width:4px")
    return "\n".join(lines)


def to_dot(
    graph: LineageGraph, artifacts: Sequence[Artifact], subject: Artifact
) -> str:
    """Writes a graph for Graphviz.

    Args:
        graph: The lineage.
        artifacts: What to draw.
        subject: The artifact that was asked for; its box gets a thick border.

    Returns:
        The graph as DOT source.
    """
    lines = ["digraph lineage {", "  node [shape=box];"]
    for artifact in artifacts:
        label = _label(graph, artifact, _escape_for_dot, r"\n")
        width = ", penwidth=3" if artifact is subject else ""
        lines.append(f'  a{artifact.id} [label="{label}"{width}];')
    lines += [f"  a{read} -> a{made};" for read, made in graph.edges(artifacts)]
    return "\n".join([*lines, "}"])


def _label(
    graph: LineageGraph,
    artifact: Artifact,
    escape: Callable[[str], str],
    line_break: str,
) -> str:
    lines = [graph.describe(artifact)]
    step = graph.step(artifact)
    if step:
        lines.append(f"by {step.node.node_id}, run {step.run_id}")
    return line_break.join(map(escape, lines))


def _escape_for_mermaid(text: str) -> str:
    # Mermaid's entities are those of HTML, with # in place of &.
    return text.replace("#", "#35;").replace('"', "#quot;")


def _escape_for_dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
