"""Finds what an artifact was made from, and what was made from it.

Artifacts, and the node runs that made them, are a directed graph. A node run that took
its outputs from the cache made nothing, so it isn't in the graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx

from components.errors import InputError
from pipeline.formatting import suggest
from pipeline.metadata.drift_records import DRIFT_TYPE
from pipeline.metadata.own_artifacts import Record
from pipeline.metadata.records import Artifact, NodeRun, Run, State
from pipeline.metadata.release_records import RELEASE_TYPE


@dataclass(frozen=True)
class Step:
    """A node run that made artifacts, and the run to which it belongs."""

    run_id: str
    node: NodeRun


class LineageGraph:
    """A graph of artifacts, with an edge from each to those that were made from it."""

    def __init__(
        self,
        runs: Sequence[Run],
        records: Sequence[Record] = (),
    ):
        """Builds the graph.

        Args:
            runs: All runs that the store knows.
            records: The releases that the graph shows after the pushed versions, and
                the comparisons of scored images that it shows after their models.
        """
        self.artifacts: dict[int, Artifact] = {}
        self._graph = networkx.DiGraph()
        for run in runs:
            for node in run.nodes:
                self._add(Step(run.run_id, node))
        for record in records:
            self.artifacts[record.artifact.id] = record.artifact
            self._graph.add_node(record.artifact.id)
            if record.about in self.artifacts:
                self._graph.add_edge(record.about, record.artifact.id)

    def _add(self, step: Step) -> None:
        inputs, outputs = step.node.read, step.node.made
        for artifact in (*inputs, *outputs):
            self.artifacts[artifact.id] = artifact
            self._graph.add_node(artifact.id)
        if not outputs or step.node.state is not State.RAN:
            return
        for made in outputs:
            self._graph.nodes[made.id]["step"] = step
            self._graph.add_edges_from((read.id, made.id) for read in inputs)

    def step(self, artifact: Artifact) -> Step | None:
        """Returns the step that made an artifact; None if that isn't known."""
        return self._graph.nodes[artifact.id].get("step")

    def made_from(self, artifact: Artifact) -> list[Artifact]:
        """Returns the artifacts from which an artifact was made directly."""
        return self._sorted_artifacts(self._graph.predecessors(artifact.id))

    def made_into(self, artifact: Artifact) -> list[Artifact]:
        """Returns the artifacts that were made from an artifact directly."""
        return self._sorted_artifacts(self._graph.successors(artifact.id))

    def ancestors(self, artifact: Artifact) -> list[Artifact]:
        """Returns all artifacts from which one was made, through all steps."""
        return self._sorted_artifacts(networkx.ancestors(self._graph, artifact.id))

    def descendants(self, artifact: Artifact) -> list[Artifact]:
        """Returns all artifacts that were made from one, through all steps."""
        return self._sorted_artifacts(networkx.descendants(self._graph, artifact.id))

    def describe(self, artifact: Artifact) -> str:
        """Describes an artifact: type, identifier, and its main properties."""
        step = self.step(artifact)
        made_with = step.node.made if step else [artifact]
        properties = artifact.properties
        parts = [f"{artifact.type} {artifact.id}"]
        if "dataset_name" in properties:
            # Image files have no version.
            words = properties["dataset_name"], properties.get("dataset_version")
            parts.append(" ".join(str(word) for word in words if word))
        if artifact.type == "ModelBlessing":
            parts.append("blessed" if properties.get("blessed") else "refused")
        if artifact.type in ("ModelBlessing", "ModelEvaluation"):
            parts += [
                f"accuracy {other.properties['accuracy']:.4f}"
                for other in made_with
                if "accuracy" in other.properties
            ]
        if artifact.type == RELEASE_TYPE:
            parts.append(f"{properties['action']} {properties['version']}".rstrip())
            time = str(properties["time"])[:16].replace("T", " ")
            parts.append(f"by {properties['user']}, {time}")
            if properties["reason"]:
                parts.append(f'"{properties["reason"]}"')
        if artifact.type == DRIFT_TYPE:
            time = str(properties["time"])[:16].replace("T", " ")
            parts += [
                f"{properties['verdict']} in {properties['images']:,} images",
                time,
            ]
        if "pushed" in properties:
            version = f"version {properties.get('pushed_version')}"
            parts.append(version if properties["pushed"] else "not pushed")
        if artifact.deleted:
            parts.append("deleted")
        return ", ".join(parts)

    def edges(self, artifacts: Iterable[Artifact]) -> list[tuple[int, int]]:
        """Returns which of some artifacts was made from which, as pairs of identifiers.

        Args:
            artifacts: The artifacts to look at.

        Returns:
            Pairs of an artifact and one that was made from it directly.
        """
        ids = [artifact.id for artifact in artifacts]
        return sorted(self._graph.subgraph(ids).edges)

    def find(self, name: str, root: str = "") -> Artifact:
        """Finds the artifact that a user means.

        Args:
            name: A published version; the identifier or the URI of an artifact; the
                folder of an artifact or of a published version; or a path inside
                such a folder. A number is taken for a version if there is one with
                that number, otherwise for an identifier.
            root: Output folder, in which a path may lie too.

        Returns:
            The artifact. For a version, it is the one that its first push recorded.

        Raises:
            InputError: If there is no such artifact.
        """
        versions = self.versions()
        if name in versions:
            return versions[name]
        if name.isdecimal():
            # Compared as text: Python refuses to convert thousands of digits.
            by_id = {str(each): artifact for each, artifact in self.artifacts.items()}
            if name.lstrip("0") in by_id:
                return by_id[name.lstrip("0")]
            known = [*reversed(versions), *map(str, sorted(self.artifacts))]
            raise _unknown_artifact_error(name, known)
        found = self._find_uri(name, root)
        if found is None:
            folders = [artifact.uri for artifact in self.artifacts.values()]
            raise _unknown_artifact_error(name, [*versions, *folders])
        return found

    def versions(self) -> dict[str, Artifact]:
        """Returns, for each published version, the artifact of its first push.

        Returns:
            Artifacts by version, the oldest first.
        """
        versions: dict[str, Artifact] = {}
        for _, artifact in sorted(self.artifacts.items()):
            if artifact.properties.get("pushed"):
                versions.setdefault(
                    str(artifact.properties.get("pushed_version")), artifact
                )
        return versions

    def _find_uri(self, name: str, root: str) -> Artifact | None:
        by_folder = {
            artifact.uri.rstrip("/"): artifact
            for _, artifact in sorted(self.artifacts.items())
        }
        for artifact in self.versions().values():
            by_folder[str(artifact.properties.get("pushed_destination"))] = artifact
        if "://" in name:
            path = name.rstrip("/")
            while path.count("/") > 2:
                if path in by_folder:
                    return by_folder[path]
                path = path.rpartition("/")[0]
            return None
        # Symbolic links are followed only if the path as given isn't known.
        for folder in (
            Path(name).absolute(),
            Path(name).resolve(),
            Path(root, name).absolute(),
        ):
            for parent in (folder, *folder.parents):
                if str(parent) in by_folder:
                    return by_folder[str(parent)]
                model_uri = _model_uri(parent)
                if model_uri in by_folder:
                    return by_folder[model_uri]
        return None

    def _sorted_artifacts(self, ids: Iterable[int]) -> list[Artifact]:
        return [self.artifacts[artifact_id] for artifact_id in sorted(ids)]


def _model_uri(folder: Path) -> str:
    """Reads the URI of the model in a published version, or in a copy of one."""
    try:
        lineage = json.loads((folder / "assets.extra" / "lineage.json").read_bytes())
        return str(lineage["model_uri"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _unknown_artifact_error(name: str, known: Sequence[str]) -> InputError:
    return InputError(
        f"An artifact must be a published version, an artifact's id or URI, or a path "
        f"in its folder; received {name!r}; {suggest(name, known)}."
    )
