"""Scores shards with Beam, takes up an interrupted job, and joins the parts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam
from apache_beam.ml.inference.base import RunInference
from apache_beam.options.pipeline_options import PipelineOptions
from filelock import FileLock, Timeout

from components.errors import InputError
from components.terminal import Update
from pipeline.scoring.image_shards import Shard
from pipeline.scoring.part_files import join_parts
from pipeline.scoring.shard_scorer import Scoring, ShardScorer

_JOB_FILE, _LOCK_FILE = "job.json", "in-use.lock"
# Seconds between two looks at how many parts there are.
_LOOK = 0.5


@dataclass(frozen=True)
class Scored:
    """What a job has written.

    Attributes:
        parts: The parts of all shards, in their order.
        resumed: Number of the parts that an earlier, interrupted job had written.
    """

    parts: Sequence[Path]
    resumed: int


@contextlib.contextmanager
def parts_folder(result: Path) -> Iterator[Path]:
    """Gives one job at a time the folder of a result's parts.

    Args:
        result: The file that is to be written.

    Yields:
        The folder beside that file. It is removed at the end, and stays if the block
        fails after it has made something, so that the same job can be taken up again.

    Raises:
        InputError: If the file can't be written, or another job writes it, or the
            folder is there and isn't of a job.
    """
    # Workers of an engine may run in another folder.
    folder = result.with_name(f"{result.name}.parts").absolute()
    lock = FileLock(folder / _LOCK_FILE)
    try:
        if _is_foreign(folder):
            raise InputError(
                f"The parts of a result need a folder of their own; {folder} holds "
                f"something else; move it, or choose another file with --to."
            )
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(
            f"Another command writes {result}, and hasn't ended; wait for it, or "
            f"choose another file with --to."
        ) from error
    except PermissionError as error:
        raise InputError(
            f"The folder of --to must be writable; received {result.parent}: "
            f"{error.strerror}; choose another one."
        ) from error
    # Outside of that, because what the block can't read or write is no fault of --to.
    try:
        yield folder
        _remove(folder)
    except InputError:
        if [path.name for path in folder.iterdir()] == [_LOCK_FILE]:
            _remove(folder)
        raise
    finally:
        lock.release()


def score_shards(
    shards: Sequence[Shard],
    scoring: Scoring,
    beam_args: Sequence[str],
    update: Update | None = None,
) -> Scored:
    """Scores all shards whose parts aren't there yet.

    Args:
        shards: The shards.
        scoring: How to score them; its folder is there.
        beam_args: Arguments of Beam.
        update: Shows the progress.

    Returns:
        What was written.
    """
    folder = Path(scoring.folder)
    _clear(folder, scoring)
    parts = [scoring.part_file(shard) for shard in shards]
    missing = [
        shard for shard, part in zip(shards, parts, strict=True) if not part.exists()
    ]
    resumed = len(shards) - len(missing)
    with _progress(parts, update):
        if missing:
            with beam.Pipeline(options=PipelineOptions([*beam_args])) as pipeline:
                _ = (
                    pipeline
                    | "Shards" >> beam.Create(missing)
                    # Else one worker would get all of them.
                    | "Distribute" >> beam.Reshuffle()
                    | "Score" >> RunInference(ShardScorer(scoring))
                )
    return Scored(parts, resumed)


def write_result(parts: Sequence[Path], result: Path) -> tuple[int, int]:
    """Joins the parts into the result, which appears as a whole.

    Args:
        parts: The parts.
        result: The file.

    Returns:
        The number of rows, and of those that have an error instead of an answer.
    """
    # Among the parts, so that it is removed with them.
    unfinished = parts[0].with_name(f"result{result.suffix}")
    counts = join_parts(parts, unfinished)
    unfinished.replace(result)
    return counts


def _is_foreign(folder: Path) -> bool:
    """Returns whether something is there that no job has made."""
    if not folder.is_dir():
        return folder.exists()
    return any(folder.iterdir()) and not (folder / _LOCK_FILE).exists()


def _remove(folder: Path) -> None:
    """Removes the folder of a job; the lock last, since by it the folder is known."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _LOCK_FILE:
            path.unlink()
    shutil.rmtree(folder)


def _clear(folder: Path, scoring: Scoring) -> None:
    """Removes what was scored in another way, and files of killed workers."""
    facts = {
        "model": scoring.model_dir,
        "model_digest": _model_digest(scoring.model_dir),
        "version": scoring.version,
        "invert": scoring.invert,
    }
    job_file = folder / _JOB_FILE
    same = job_file.exists() and _read(job_file) == facts
    for path in folder.iterdir():
        if path.is_dir():
            # Of a step that was killed while it made statistics.
            shutil.rmtree(path)
        elif path.name != _LOCK_FILE and (not same or path.suffix == ".unfinished"):
            path.unlink()
    if not same:
        unfinished = job_file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(facts))
        unfinished.replace(job_file)


def _model_digest(model_dir: str) -> str:
    """Digests the graph and the variables, of which a folder may get new ones."""
    digest = hashlib.sha256()
    for name in ("saved_model.pb", "variables/variables.index"):
        with contextlib.suppress(OSError):
            digest.update(Path(model_dir, name).read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> object:
    with contextlib.suppress(ValueError):
        return json.loads(path.read_text())
    return None


@contextlib.contextmanager
def _progress(parts: Sequence[Path], update: Update | None) -> Iterator[None]:
    """Shows how many parts there are, wherever they are written."""
    if update is None:
        yield
        return
    ended = threading.Event()

    def look(update: Update) -> None:
        while True:
            done = sum(part.exists() for part in parts)
            update("Scoring", done, len(parts))
            if ended.wait(_LOOK):
                return

    watcher = threading.Thread(target=look, args=(update,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
