"""What the functions for Python return, which shows itself in a notebook."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from markupsafe import Markup

from pipeline.formatting import html_table, shorten_path
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.serving.labelled_images import LabelledImage, Unclassified
    from pipeline.serving.predictions import Prediction

SHOWN_IMAGES = 50
"""Images that a notebook shows, from the first one on."""

_SIDE = 84
"""Height of each in the notebook, in pixels."""


@dataclass(frozen=True, repr=False)
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
        return self.settings.page_file(self.run_id)

    def __repr__(self) -> str:
        shown = _shown(self.facts)
        facts = [shown["state"], shown["verdict"], shown["accuracy"]]
        return f"<run {self.run_id}: {', '.join(filter(None, facts))}>"

    def _repr_html_(self) -> str:
        shown = {**_shown(self.facts), "report": shorten_path(self.report)}
        return html_table((), shown.items())


class _Results(Sequence[Any]):
    """A sequence that a notebook shows as a table, and a console in lines."""

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
        return "\n".join(map(self._line, self._items)) or "nothing"

    def _line(self, item: Any) -> str:
        return repr(item)


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

    def _line(self, item: Prediction | Unclassified) -> str:
        _, title, result, probability, *_ = _prediction_cells(item, picture=False)
        return f"{title}: {result}{probability and f', {probability}'}"

    def _repr_html_(self) -> str:
        headings = ("", "image", "predicted", "probability", "true class", "notes")
        table = html_table(headings, map(_prediction_cells, self[:SHOWN_IMAGES]))
        more = len(self) - SHOWN_IMAGES
        return f"{table}<p>{more:,} more</p>" if more > 0 else table


def _shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the facts of a run as people read them."""
    accuracy = facts["accuracy"]
    return {
        **facts,
        "tags": ", ".join(facts["tags"]),
        "started": (facts["started"] or "")[:16].replace("T", " "),
        "seconds": f"{facts['seconds']:.0f}",
        "accuracy": None if accuracy is None else f"{accuracy:.4f}",
    }


def _values(row: Mapping[str, Any]) -> list[Any]:
    return list(row.values())


def _prediction_cells(
    answer: Prediction | Unclassified, picture: bool = True
) -> list[object]:
    from pipeline.serving.labelled_images import Unclassified

    if isinstance(answer, Unclassified):
        return ["", answer.title, answer.reason, "", "", ""]
    return [
        _thumbnail(answer.image) if picture else "",
        answer.image.title,
        answer.class_name,
        f"{answer.probability:.1%}",
        answer.image.true_class_name,
        ", ".join(answer.image.notes),
    ]


def _thumbnail(image: LabelledImage) -> Markup:
    from PIL import Image

    png = io.BytesIO()
    Image.fromarray(image.thumbnail(_SIDE)).save(png, "PNG")
    data = base64.b64encode(png.getvalue()).decode()
    return Markup(
        '<img alt="{}" height="{}" style="image-rendering: pixelated" '
        'src="data:image/png;base64,{}">'
    ).format(image.title, _SIDE, data)
