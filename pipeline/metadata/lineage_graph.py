"""What an artifact was made from, and what was made of it.

Artifacts and the node runs that made them, as a directed graph. A node run that took
its outputs from the cache made nothing, so it is none of the graph's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx

from components.errors import InputError
from pipeline.formatting import suggest
from pipeline.metadata.records import Artifact, NodeRun, Run, State


@dataclass(frozen=True)
class Step:
    """A node run that made something, and the run that it was part of."""

    run_id: str
    node: NodeRun


class LineageGraph:
    """Everything that was made, and from what."""

    def __init__(self, runs: Sequence[Run]):
        """Builds the graph.

        Args:
            runs: All runs that the store knows.
        """
        self.artifacts: dict[int, Artifact] = {}
        self._graph = networkx.DiGraph()
        for run in runs:
            for node in run.nodes:
                self._add(Step(run.run_id, node))

    def _add(self, step: Step) -> None:
        inputs, outputs = _artifacts(step.node.inputs), _artifacts(step.node.outputs)
        for artifact in (*inputs, *outputs):
            self.artifacts[artifact.id] = artifact
            self._graph.add_node(artifact.id)
        if not outputs or step.node.state is not State.RAN:
            return
        for made in outputs:
            self._graph.nodes[made.id]["step"] = step
            self._graph.add_edges_from((read.id, made.id) for read in inputs)

    def step(self, artifact: Artifact) -> Step | None:
        """Returns what made an artifact, None if that isn't known."""
        return self._graph.nodes[artifact.id].get("step")

    def made_from(self, artifact: Artifact) -> list[Artifact]:
        """Returns the artifacts that an artifact was made from directly."""
        return self._named(self._graph.predecessors(artifact.id))

    def made_into(self, artifact: Artifact) -> list[Artifact]:
        """Returns the artifacts that were made from an artifact directly."""
        return self._named(self._graph.successors(artifact.id))

    def ancestors(self, artifact: Artifact) -> list[Artifact]:
        """Returns all that an artifact was made from, through all steps."""
        return self._named(networkx.ancestors(self._graph, artifact.id))

    def descendants(self, artifact: Artifact) -> list[Artifact]:
        """Returns all that was made from an artifact, through all steps."""
        return self._named(networkx.descendants(self._graph, artifact.id))

    def describe(self, artifact: Artifact) -> str:
        """Describes an artifact: its type, its identifier and what is special of it."""
        step = self.step(artifact)
        made_with = _artifacts(step.node.outputs) if step else [artifact]
        properties = artifact.properties
        words = [f"{artifact.type} {artifact.id}"]
        if "dataset_name" in properties:
            version = properties.get("dataset_version", "")
            words.append(f"{properties['dataset_name']} {version}")
        if artifact.type == "ModelBlessing":
            words.append("blessed" if properties.get("blessed") else "refused")
        if artifact.type in ("ModelBlessing", "ModelEvaluation"):
            words += [
                f"accuracy {other.properties['accuracy']:.4f}"
                for other in made_with
                if "accuracy" in other.properties
            ]
        if "pushed" in properties:
            version = f"version {properties.get('pushed_version')}"
            words.append(version if properties["pushed"] else "not pushed")
        if artifact.deleted:
            words.append("deleted")
        return ", ".join(words)

    def edges(self, artifacts: Iterable[Artifact]) -> list[tuple[int, int]]:
        """Returns the pairs of identifiers of what was made into what among some."""
        ids = [artifact.id for artifact in artifacts]
        return sorted(self._graph.subgraph(ids).edges)

    def find(self, name: str) -> Artifact:
        """Finds the artifact that a user means.

        Args:
            name: A version that was published; the identifier or the URI of an
                artifact; or a path in or below an artifact's or a published
                version's folder. A number is a version if there is one of that
                number, otherwise an identifier.

        Returns:
            The artifact; of a version, the one that its first push recorded.

        Raises:
            InputError: If there is none.
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
            raise _unknown(name, known)
        found = self._find_uri(name)
        if found is None:
            folders = [artifact.uri for artifact in self.artifacts.values()]
            raise _unknown(name, [*versions, *folders])
        return found

    def versions(self) -> dict[str, Artifact]:
        """Returns what each published version's first push recorded, oldest first."""
        versions: dict[str, Artifact] = {}
        for _, artifact in sorted(self.artifacts.items()):
            if artifact.properties.get("pushed"):
                versions.setdefault(
                    str(artifact.properties.get("pushed_version")), artifact
                )
        return versions

    def _find_uri(self, name: str) -> Artifact | None:
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
        for folder in (Path(name).absolute(), Path(name).resolve()):
            for parent in (folder, *folder.parents):
                if str(parent) in by_folder:
                    return by_folder[str(parent)]
                model_uri = _model_uri(parent)
                if model_uri in by_folder:
                    return by_folder[model_uri]
        return None

    def _named(self, ids: Iterable[int]) -> list[Artifact]:
        return [self.artifacts[artifact_id] for artifact_id in sorted(ids)]


def _artifacts(by_key: Mapping[str, Sequence[Artifact]]) -> list[Artifact]:
    return [artifact for artifacts in by_key.values() for artifact in artifacts]


def _model_uri(folder: Path) -> str:
    """Reads which model a version that was published, or a copy of it, holds."""
    try:
        lineage = json.loads((folder / "assets.extra" / "lineage.json").read_bytes())
        return str(lineage["model_uri"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _unknown(name: str, known: Sequence[str]) -> InputError:
    return InputError(
        f"An artifact must be a published version, an artifact's id or URI, or a path "
        f"below one; received {name!r}; {suggest(name, known)}."
    )
