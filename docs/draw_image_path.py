"""Draws the way of one image, from the data set to the answer of the served model.

Writes `docs/image-path.svg`: `make pictures`.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

from docs.drawing import box_height, draw_arrow, draw_box, draw_panel, draw_picture

PICTURE = Path(__file__).with_name("image-path.svg")

_WIDTH, _MARGIN, _PANEL_TITLE = 960, 20, 34
_BOX_WIDTH, _ROW_GAP = 410, 26
_LEFT, _RIGHT = 40, 510


@dataclass(frozen=True)
class Stop:
    """A place on the way.

    Attributes:
        title: What stands there.
        lines: What happens to the image.
        source: The file whose code does it; empty if it isn't this project's.
        kind: `own` for what is this project's, otherwise `other`.
    """

    title: str
    lines: tuple[str, ...]
    source: str = ""
    kind: str = "own"

    @property
    def all_lines(self) -> tuple[str, ...]:
        """The lines in the box."""
        return (*self.lines, self.source) if self.source else self.lines


IN_A_RUN = (
    Stop(
        "The data set's builder of tensorflow-datasets",
        (
            "checks the files that it has downloaded, and writes",
            "the image as PNG bytes with its label",
        ),
        kind="other",
    ),
    Stop(
        "ImageExampleGen",
        (
            "copies the bytes into a tf.Example, and measures",
            "height, width, channels, brightness and contrast",
        ),
        "components/example_gen/shards.py",
    ),
    Stop(
        "StatisticsGen, ExampleValidator, AnomalyGate",
        (
            "compare the measures of all images with the curated",
            "schema, and stop the run if they disagree",
        ),
        "components/anomaly_gate/component.py",
    ),
    Stop(
        "Transform",
        (
            "traces decode_images and scale_pixels into a graph;",
            "it changes no image yet",
        ),
        "components/transform/preprocessing.py",
    ),
    Stop(
        "Trainer",
        (
            "applies the graph once to each image: 28 x 28 floats",
            "from 0 to 1; then learns from shuffled batches of them",
        ),
        "components/trainer/run_fn.py",
    ),
    Stop(
        "Trainer's export",
        (
            "saves the graph and the network's weights as one model",
            "with three signatures",
        ),
        "components/trainer/export.py",
    ),
    Stop(
        "Evaluator",
        (
            "asks that model about each test image, and blesses it",
            "if it is good enough",
        ),
        "components/evaluator/component.py",
    ),
    Stop(
        "InfraValidator",
        (
            "loads that model as TensorFlow Serving does, and",
            "compares its answers with the Evaluator's",
        ),
        "components/infra_validator/validate.py",
    ),
    Stop(
        "Pusher",
        ("gives a blessed model a version, by a rename",),
        "components/pusher/publish.py",
    ),
)
"""The way of an image of the data set."""

WHEN_ASKED = (
    Stop(
        "A client",
        ("sends PNG or JPEG bytes to the signature predict_png",),
        "pipeline/serving/rest_client.py",
    ),
    Stop(
        "check_images",
        (
            "reads format and size from the bytes, and refuses",
            "what isn't an image of 28 x 28 pixels",
        ),
        "components/transform/decoding.py",
    ),
    Stop(
        "Transform's graph",
        ("decodes and scales the image",),
        "components/transform/preprocessing.py",
    ),
    Stop(
        "The network",
        ("gives each class a probability",),
        "components/trainer/model.py",
    ),
    Stop(
        "The answer",
        (
            "class_id 9, class_name Ankle boot,",
            "probabilities [0.00, ..., 1.00]",
        ),
        "components/trainer/export.py",
    ),
)
"""The way of an image that a client sends to TensorFlow Serving."""

SERVER = Stop(
    "TensorFlow Serving",
    ("answers its warm-up requests, then opens the version",),
    "deploy/serving/base/deployment.yaml",
    kind="other",
)
"""What takes a pushed version over."""

# In the same graph, and with the same weights.
_SAME = ("Transform", "Trainer")


def main() -> None:
    """Writes the picture."""
    PICTURE.write_text(draw_image_path())


def draw_image_path() -> str:
    """Draws both ways side by side.

    Returns:
        The text of an SVG file.
    """
    top = _MARGIN + _PANEL_TITLE
    left = _place(IN_A_RUN, top)
    bottom = left[IN_A_RUN[-1].title] + box_height(IN_A_RUN[-1].all_lines)
    # What both ways share stands side by side.
    right = _place(WHEN_ASKED[2:], left["Transform"])
    right |= _place(WHEN_ASKED[:2], left["ImageExampleGen"])
    pushed = left["Pusher"]
    panel_height = bottom
    return draw_picture(
        _WIDTH,
        panel_height + 2 * _MARGIN,
        "The way of one image through a run, and through the model that is served",
        [
            draw_panel(_MARGIN, _MARGIN, 450, panel_height, "In a run of the pipeline"),
            draw_panel(490, _MARGIN, 450, panel_height, "In TensorFlow Serving"),
            *_draw_way(IN_A_RUN, left, _LEFT),
            *_draw_way(WHEN_ASKED, right, _RIGHT),
            draw_box(
                _RIGHT, pushed, _BOX_WIDTH, SERVER.title, SERVER.all_lines, SERVER.kind
            ),
            _draw_across(pushed),
            *(_draw_across(left[title], same=True) for title in _SAME),
        ],
    )


def _draw_across(edge: int, same: bool = False) -> str:
    """Draws an arrow between boxes side by side, of which this is the upper edge."""
    y = edge + 44
    return draw_arrow([(_LEFT + _BOX_WIDTH, y), (_RIGHT, y)], same)


def _place(stops: tuple[Stop, ...], top: int) -> dict[str, int]:
    """Returns the upper edge of each stop's box, by title."""
    edges = {}
    for stop in stops:
        edges[stop.title] = top
        top += box_height(stop.all_lines) + _ROW_GAP
    return edges


def _draw_way(stops: tuple[Stop, ...], edges: dict[str, int], x: int) -> list[str]:
    boxes = [
        draw_box(
            x, edges[stop.title], _BOX_WIDTH, stop.title, stop.all_lines, stop.kind
        )
        for stop in stops
    ]
    middle = x + _BOX_WIDTH // 2
    arrows = [
        draw_arrow(
            [
                (middle, edges[before.title] + box_height(before.all_lines)),
                (middle, edges[after.title]),
            ]
        )
        for before, after in itertools.pairwise(stops)
    ]
    return [*arrows, *boxes]


if __name__ == "__main__":
    main()
