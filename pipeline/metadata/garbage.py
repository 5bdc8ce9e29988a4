"""Finds and removes artifacts that nothing needs any more."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.outcomes import RunState, outcome_of
from pipeline.metadata.records import Artifact, Run, State


@dataclass(frozen=True)
class Garbage:
    """An artifact that nothing needs.

    Attributes:
        artifact: The artifact.
        run_id: The run that made it.
        path: Its folder.
        size: Size of its files, in bytes.
    """

    artifact: Artifact
    run_id: str
    path: Path
    size: int


def find_garbage(
    runs: Sequence[Run],
    graph: LineageGraph,
    keep: int,
    pipeline_root: Path,
    serving_dir: Path,
) -> list[Garbage]:
    """Finds the artifacts that nothing needs.

    These artifacts are needed: those that a kept run read or made, the latest blessed
    model with its blessing, and the models that are being served; and everything that
    these were made from. Kept runs are the newest ones in the output folder, those that
    haven't ended, and those that made the latest blessed model or a model that is being
    served.

    Args:
        runs: All runs, the newest first.
        graph: The lineage of their artifacts.
        keep: How many of the newest runs to keep.
        pipeline_root: Artifacts outside this folder are never garbage.
        serving_dir: Folder with the versions that are being served.

    Returns:
        The garbage, the oldest first.
    """
    in_use = [
        *_latest_blessed_models(graph, {run.run_id: run.pipeline for run in runs}),
        *_served_versions(graph, serving_dir),
    ]
    steps = (graph.step(artifact) for artifact in in_use)
    in_use_runs = {step.run_id for step in steps if step}
    # A store may have runs of other output folders, too.
    here = [run.run_id for run in runs if _has_files_below(run, pipeline_root)]
    newest = {*here[:keep]}
    kept_runs = [
        run
        for run in runs
        if run.run_id in newest
        or run.run_id in in_use_runs
        or outcome_of(run).state in (RunState.RUNNING, RunState.UNFINISHED)
    ]
    kept_nodes = [node for run in kept_runs for node in run.nodes]
    roots = [*in_use, *(each for node in kept_nodes for each in node.read + node.made)]
    needed = {artifact.id for artifact in roots}
    for artifact in roots:
        needed.update(ancestor.id for ancestor in graph.ancestors(artifact))
    # Several records may name the same folder, or one inside another.
    folders = {Path(graph.artifacts[each].uri).resolve() for each in needed}
    around_folders = {parent for folder in folders for parent in folder.parents}
    garbage = []
    for artifact_id, artifact in sorted(graph.artifacts.items()):
        path = Path(artifact.uri)
        step = graph.step(artifact)
        if (
            artifact_id not in needed
            and step is not None
            and _lies_below(path, pipeline_root)
            and path.resolve() not in around_folders
            and folders.isdisjoint((path.resolve(), *path.resolve().parents))
            and not (artifact.deleted and not path.exists())
        ):
            garbage.append(Garbage(artifact, step.run_id, path, folder_size(path)))
    return garbage


def delete_garbage(store: ml_metadata.MetadataStore, garbage: Garbage) -> None:
    """Removes an artifact's files, and marks it as deleted in ML Metadata.

    The artifact is first marked for deletion. If the removal is interrupted, a later
    one finds it again, and no run uses it.

    Args:
        store: The store.
        garbage: What to remove.

    Raises:
        InputError: If the files can't be removed.
    """
    (record,) = store.get_artifacts_by_id([garbage.artifact.id])
    record.state = pb.Artifact.MARKED_FOR_DELETION
    store.put_artifacts([record])
    try:
        if garbage.path.exists():
            shutil.rmtree(garbage.path)
    except OSError as error:
        raise InputError(
            f"The files of artifact {record.id} could not be removed from "
            f"{garbage.path}: {error}; correct that and repeat the command."
        ) from error
    (record,) = store.get_artifacts_by_id([garbage.artifact.id])
    record.state = pb.Artifact.DELETED
    store.put_artifacts([record])


def _latest_blessed_models(
    graph: LineageGraph, pipelines: Mapping[str, str]
) -> Iterable[Artifact]:
    """Yields what TFX's LatestBlessedModelStrategy would choose, with its blessings.

    That is a model for each pipeline; `pipelines` has their names by run.
    """
    blessings: dict[object, list[Artifact]] = {}
    for artifact in graph.artifacts.values():
        blessed = artifact.properties.get("blessed")
        if artifact.type == "ModelBlessing" and blessed and not artifact.deleted:
            model_id = artifact.properties.get("current_model_id")
            blessings.setdefault(model_id, []).append(artifact)
    latest: dict[tuple[str, str], Artifact] = {}
    for artifact_id, artifact in sorted(graph.artifacts.items()):
        step = graph.step(artifact)
        if artifact_id in blessings and not artifact.deleted and step:
            # Pipelines with different roots may share a store and a name. A URI is
            # <root>/<node>/<key>/<number>.
            root = artifact.uri.rsplit("/", 3)[0]
            latest[root, pipelines.get(step.run_id, "")] = artifact
    for model in latest.values():
        yield from (model, *blessings[model.id])


def _served_versions(graph: LineageGraph, serving_dir: Path) -> Iterable[Artifact]:
    for artifact in graph.artifacts.values():
        destination = str(artifact.properties.get("pushed_destination", ""))
        # Object stores can't be checked from here, so their versions count as served.
        if artifact.properties.get("pushed") and (
            "://" in destination or Path(destination).exists()
        ):
            yield artifact
    if serving_dir.is_dir():
        for folder in sorted(serving_dir.iterdir()):
            try:
                yield graph.find(str(folder))
            except InputError:
                continue  # no run made this folder


def _has_files_below(run: Run, root: Path) -> bool:
    return any(
        _lies_below(Path(artifact.uri), root)
        for node in run.nodes
        # The outputs of cached nodes may belong to runs of other folders.
        if node.state is not State.CACHED
        for artifact in node.made
    )


def _lies_below(path: Path, root: Path) -> bool:
    # The path of an object store's URI isn't absolute.
    return path.is_absolute() and root.resolve() in path.resolve().parents


def folder_size(path: Path) -> int:
    """Adds up the sizes of the files in a folder, in bytes.

    Args:
        path: The folder.
    """
    return sum(
        file.stat().st_size
        for file in path.rglob("*")
        if file.is_file() and not file.is_symlink()
    )
