"""The pipeline from Python: run it, list its runs, and ask its models.

```python
from pipeline import Settings, load_model, predict, run, runs

result = run(Settings(output="trial", max_examples=5000, min_accuracy=0.5))
runs("trial")
model = load_model(result)
predict(model, "photos")
```

What these functions return shows itself in a notebook (`docs/tutorial.ipynb`).
"""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import yaml

from pipeline.commands.setting_options import ENVIRONMENT_PREFIX
from pipeline.exit_codes import PUSHED, REFUSED
from pipeline.metadata.output_place import output_place
from pipeline.report.shown_results import (
    SHOWN_IMAGES,
    Predictions,
    Runs,
    RunSummary,
)
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from pipeline.metadata.records import Run
    from pipeline.serving.chosen_model import Model
    from pipeline.serving.image_fitting import Invert
    from pipeline.serving.labelled_images import LabelledImage

    Images = str | os.PathLike[str] | np.ndarray

__all__ = [
    "Predictions",
    "RunFailedError",
    "RunSummary",
    "Runs",
    "Settings",
    "load_model",
    "predict",
    "run",
    "runs",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Seconds that a run has to end after Ctrl-C, before it is ended.
_GRACE = 60
# Notebooks ask programs for colours by these, and rich then writes as on a terminal.
_OF_TERMINALS = ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE")
_REPOSITORY = Path(__file__).parents[1]
_ERROR = "Error: "


def _quietly(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Keeps away from a notebook what libraries log, as the commands do."""

    @functools.wraps(function)
    def quiet(*arguments: _P.args, **named: _P.kwargs) -> _R:
        with capture_stderr(Path(os.devnull)):
            return function(*arguments, **named)

    return quiet


class RunFailedError(RuntimeError):
    """A run failed; it says why in the words of the command."""


def run(settings: Settings) -> RunSummary:
    """Runs the whole pipeline on this machine, as the command `run` does.

    The run has a process of its own. What it shows is printed here.

    Args:
        settings: The settings of the run. Environment variables don't count.

    Returns:
        The run, whose model was pushed or refused.

    Raises:
        RunFailedError: If the data or a stage failed.
        KeyboardInterrupt: If the user interrupted it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "settings.yaml")
        file.write_text(yaml.safe_dump(_to_file(settings)), encoding="utf-8")
        code, last_error = _run_command("run", "--config", str(file))
    if code not in (PUSHED, REFUSED):
        raise RunFailedError(last_error or f"the run ended with code {code}")
    return _summarize_run(settings, str(file))


@_quietly
def _summarize_run(settings: Settings, config: str) -> RunSummary:
    """Returns the run whose command named a settings file.

    In a store that others use too, it need not be the newest one.
    """
    from pipeline.metadata.outcomes import summarize
    from pipeline.metadata.run_reader import load_runs

    found = load_runs(_open_store(settings), output_place(settings))
    made = next(each for each in found if shlex.quote(config) in each.facts.command)
    return RunSummary(settings, summarize(made))


@_quietly
def runs(
    output: str | os.PathLike[str] = "output", metadata: str | None = None
) -> Runs:
    """Lists runs, as the command `runs` does.

    Args:
        output: Folder of everything that the runs wrote.
        metadata: Address of ML Metadata; the file in the output folder if None.

    Returns:
        The runs, the newest first.

    Raises:
        InputError: If there are none yet.
    """
    from pipeline.metadata.outcomes import summarize
    from pipeline.metadata.run_reader import load_runs

    settings = Settings(output=os.fspath(output), metadata=metadata)

    def to_summary(each: Run) -> RunSummary:
        return RunSummary(settings, summarize(each))

    found = load_runs(_open_store(settings), output_place(settings))
    return Runs(map(to_summary, found))


@_quietly
def load_model(
    source: RunSummary | str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] = "output",
) -> Model:
    """Loads a model, also one that was refused.

    Args:
        source: A run; its id, or a unique prefix of that; or the folder or URI of a
            model, for example of a pushed version. The newest run if None.
        output: Folder in which a run is looked for by its id.

    Returns:
        The model, for `predict`.

    Raises:
        InputError: If there is no such run or model.
    """
    from pipeline.serving.chosen_model import load_exported_model

    if isinstance(source, RunSummary):
        return _load_model_of_run(source.settings, source.run_id)
    name = None if source is None else os.fspath(source)
    if name is not None:
        folder = os.path.expanduser(name)  # noqa: PTH111
        # A run's name may have a slash too, but not at its start.
        is_place = "://" in name or name.startswith(("/", "./", "../", "~"))
        if is_place or os.path.isdir(folder):  # noqa: PTH112
            return load_exported_model(folder)
    return _load_model_of_run(Settings(output=os.fspath(output)), name)


@_quietly
def predict(
    model: Model,
    images: Images | Sequence[Images] | None = None,
    *,
    invert: Invert = "auto",
) -> Predictions:
    """Classifies images, as the command `predict` does.

    Args:
        model: What `load_model` returned.
        images: A file, a folder, a pattern such as `photos/*.png`, or pixels: a uint8
            array of shape (height, width[, 1 or 3]); or several of these. Two images of
            the test split if None.
        invert: Whether to invert images. `auto` inverts one whose border is bright if
            nearly all training images have dark borders, or the reverse.

    Returns:
        An answer for each image, in the order in which they were given; or the reason
        why there is none. An image that is given twice has two answers.

    Raises:
        InputError: If an array isn't an image, or there are no test images.
    """
    from pipeline.serving.classification import classify_files, classify_images
    from pipeline.serving.image_arguments import NamedFile, find_images
    from pipeline.serving.labelled_images import encode_pixels

    def get_model() -> Model:
        return model

    if images is None:
        chosen = model.read_test_images()
        return Predictions(classify_images(chosen, get_model, kept=SHOWN_IMAGES))
    single = isinstance(images, str | os.PathLike) or hasattr(images, "dtype")
    given: Sequence[Any] = [images] if single else list(images)  # type: ignore[arg-type]
    paths = [each for each in given if isinstance(each, str | os.PathLike)]
    named = find_images([os.fspath(each) for each in paths])

    # Titles are paths below the folder that holds all the files.
    titles = {file.path: file.title for file in named}

    def find() -> Iterator[NamedFile | LabelledImage]:
        for number, each in enumerate(given):
            if isinstance(each, str | os.PathLike):
                for file in find_images([os.fspath(each)]):
                    yield replace(file, title=titles.get(file.path, file.title))
            else:
                yield encode_pixels(each, f"image {number}")

    return Predictions(
        classify_files(find(), get_model, invert=invert, kept=SHOWN_IMAGES)
    )


def _run_command(*arguments: str) -> tuple[int, str]:
    """Runs a command, prints what it shows; returns its code and its last error."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ENVIRONMENT_PREFIX) and name not in _OF_TERMINALS
    }
    # The command is found from any folder, also if the package isn't installed.
    path = [str(_REPOSITORY), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    error = ""
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=environment,
    ) as process:
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                if line.startswith(_ERROR):
                    error = line.removeprefix(_ERROR).strip()
                elif error:
                    error = f"{error} {line.strip()}"  # it comes last
        except KeyboardInterrupt:
            # A terminal and most notebooks interrupt both processes. The other one
            # records that, and says what the next run reuses.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            if process.poll() is None:
                # Ctrl-C didn't reach the other process, or that takes too long to end.
                # It ignores SIGINT, and passes on SIGTERM.
                process.terminate()
            print(*(process.stdout or ()), sep="", end="", flush=True)
            raise
    return process.returncode, error


def _load_model_of_run(settings: Settings, name: str | None) -> Model:
    from pipeline.serving.chosen_model import load_model_of_run

    return load_model_of_run(_open_store(settings), name, output_place(settings))


def _to_file(settings: Settings) -> dict[str, Any]:
    """Returns what a settings file has to hold for the same settings."""
    values = settings.model_dump(mode="json", exclude_defaults=True)
    if schema := values.get("curated_schema"):
        # A relative path would be looked for beside the file.
        values["curated_schema"] = str(Path(schema).expanduser().absolute())
    return values


def _open_store(settings: Settings) -> Any:
    from pipeline.metadata.existing_store import open_existing_store

    return open_existing_store(settings.metadata_address)
