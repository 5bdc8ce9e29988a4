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

import base64
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import yaml
from markupsafe import Markup

from components.errors import InputError
from pipeline.commands.setting_options import ENVIRONMENT_PREFIX
from pipeline.exit_codes import PUSHED, REFUSED
from pipeline.formatting import format_duration
from pipeline.notebook_html import html_table
from pipeline.settings import EXAMPLE_INDICES, Settings

if TYPE_CHECKING:
    import numpy as np

    from pipeline.metadata.records import Run
    from pipeline.serving.chosen_model import Model
    from pipeline.serving.image_fitting import Invert
    from pipeline.serving.labelled_images import LabelledImage, Unclassified
    from pipeline.serving.predictions import Prediction

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

# Images that a notebook shows, and the longer side of each, in pixels.
_SHOWN, _SHOWN_SIDE = 50, 84
# Seconds after which a run that Ctrl-C didn't reach is interrupted.
_GRACE = 5
_REPOSITORY = Path(__file__).parents[1]
_ERROR = "Error: "


class RunFailedError(RuntimeError):
    """A run failed; it says why in the words of the command."""


@dataclass(frozen=True)
class RunSummary:
    """The main facts of a run.

    Attributes:
        settings: Where the run is: its output folder, and its store.
        facts: What `runs --format json` gives of it, by name.
    """

    settings: Settings
    facts: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """Identifier of the run."""
        return str(self.facts["run"])

    @property
    def accuracy(self) -> float | None:
        """Accuracy on the test split, 0 to 1; None if it wasn't measured."""
        return self.facts["accuracy"]

    @property
    def blessed(self) -> bool:
        """Whether the model met every threshold."""
        return self.facts["verdict"] == "blessed"

    @property
    def version(self) -> str | None:
        """Version under which the model was pushed; None if it wasn't."""
        return self.facts["version"]

    @property
    def report(self) -> Path:
        """The run's page."""
        return self.settings.reports_dir / f"{self.run_id.replace(':', '-')}.html"

    def _repr_html_(self) -> str:
        shown = {**_shown(self.facts), "report": self.report}
        return html_table((), shown.items())


class _Results(Sequence[Any]):
    """A sequence that a notebook shows as a table, and a console as its items."""

    def __init__(self, items: Iterable[Any]):
        self._items = list(items)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


class Runs(_Results):
    """Runs, the newest first: a sequence of `RunSummary`."""

    def _repr_html_(self) -> str:
        rows = [_shown(each.facts) for each in self]
        return html_table([*rows[0]] if rows else ["no runs"], map(_values, rows))


class Predictions(_Results):
    """What a model answered: a sequence of predictions, and reasons why there is none.

    A prediction has `class_name`, `probability`, `answer` and `image`; an image that
    could not be classified has `title` and `reason`.
    """

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What `predict --format json` gives, for example for a table of pandas."""
        from pipeline.serving.prediction_rows import to_row

        return [to_row(each) for each in self]

    def _repr_html_(self) -> str:
        headings = ("", "image", "predicted", "probability", "true class", "notes")
        table = html_table(headings, map(_prediction_cells, self[:_SHOWN]))
        more = len(self) - _SHOWN
        return f"{table}<p>{more:,} more</p>" if more > 0 else table


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
    return runs(settings.output, settings.metadata)[0]


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

    return Runs(map(to_summary, load_runs(_open_store(settings))))


def load_model(
    source: RunSummary | str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] = "output",
) -> Model:
    """Loads a model, also one that was refused.

    Args:
        source: A run; its id, or a unique prefix of that; or the folder of a model, for
            example of a pushed version. The newest run if None.
        output: Folder in which a run is looked for by its id.

    Returns:
        The model, for `predict`.

    Raises:
        InputError: If there is no such run or model.
    """
    from pipeline.serving.chosen_model import load_exported_model, load_model_of_run

    if isinstance(source, RunSummary):
        return load_model_of_run(_open_store(source.settings), source.run_id)
    name = None if source is None else os.fspath(source)
    if name is not None and os.path.isdir(name):  # noqa: PTH112
        return load_exported_model(name)
    return load_model_of_run(_open_store(Settings(output=os.fspath(output))), name)


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
        An answer for each image; or the reason why there is none.

    Raises:
        InputError: If an array isn't an image, or there are no test images.
    """
    from pipeline.serving.classification import classify_files, classify_images
    from pipeline.serving.image_arguments import NamedFile, find_images

    def get_model() -> Model:
        return model

    if images is None:
        chosen = model.read_test_images(EXAMPLE_INDICES)
        return Predictions(classify_images(chosen, get_model, kept=_SHOWN))
    single = isinstance(images, str | os.PathLike) or hasattr(images, "dtype")
    given: Sequence[Any] = [images] if single else list(images)  # type: ignore[arg-type]
    paths = [each for each in given if isinstance(each, str | os.PathLike)]
    named = find_images([os.fspath(each) for each in paths])

    def find() -> Iterator[NamedFile | LabelledImage]:
        yield from named
        for number, each in enumerate(given):
            if not isinstance(each, str | os.PathLike):
                yield _encode(each, f"image {number}")

    return Predictions(classify_files(find(), get_model, invert=invert, kept=_SHOWN))


def _run_command(*arguments: str) -> tuple[int, str]:
    """Runs a command, prints what it shows; returns its code and its last error."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ENVIRONMENT_PREFIX)
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
        except KeyboardInterrupt:
            # A terminal and most notebooks interrupt both processes. The other one
            # records that, and says what the next run reuses.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            print(*(process.stdout or ()), sep="", end="", flush=True)
            raise
    return process.returncode, error


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


def _encode(pixels: Any, title: str) -> LabelledImage:
    """Makes an image of pixels."""
    import numpy as np
    from PIL import Image

    from pipeline.serving.labelled_images import LabelledImage

    array = np.asarray(pixels)
    shape = array.shape[:2] if array.shape[2:] == (1,) else array.shape
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    if array.dtype != np.uint8 or not is_image or 0 in shape:
        raise InputError(
            f"The pixels of an image must be a uint8 array of shape (height, width[, 1 "
            f"or 3]); received {array.dtype} of shape {array.shape}; convert them, or "
            f"name files."
        )
    png = io.BytesIO()
    Image.fromarray(array.reshape(shape)).save(png, "PNG")
    return LabelledImage(title, png.getvalue())


def _shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the facts of a run as people read them."""
    accuracy = facts["accuracy"]
    return {
        **facts,
        "started": (facts["started"] or "")[:16].replace("T", " "),
        "seconds": format_duration(facts["seconds"]),
        "accuracy": None if accuracy is None else f"{accuracy:.4f}",
    }


def _values(row: Mapping[str, Any]) -> list[Any]:
    return list(row.values())


def _prediction_cells(answer: Prediction | Unclassified) -> list[object]:
    from pipeline.serving.labelled_images import Unclassified

    if isinstance(answer, Unclassified):
        return ["", answer.title, answer.reason, "", "", ""]
    return [
        _thumbnail(answer.image),
        answer.image.title,
        answer.class_name,
        f"{answer.probability:.1%}",
        answer.image.true_class_name,
        ", ".join(answer.image.notes),
    ]


def _thumbnail(image: LabelledImage) -> Markup:
    from PIL import Image

    png = io.BytesIO()
    Image.fromarray(image.thumbnail(_SHOWN_SIDE)).save(png, "PNG")
    data = base64.b64encode(png.getvalue()).decode()
    return Markup(
        '<img alt="{}" height="{}" style="image-rendering: pixelated" '
        'src="data:image/png;base64,{}">'
    ).format(image.title, _SHOWN_SIDE, data)
