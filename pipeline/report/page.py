"""Renders the pages as HTML."""

import base64
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from components import features
from components.errors import InputError
from components.image_formats import BMP, GIF, JPEG, PNG
from pipeline.formatting import format_duration, format_value
from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact
from pipeline.report.content import RunContent
from pipeline.report.figures import draw_histograms, draw_lineage, draw_training

# Features whose histograms are drawn; the other numbers are the same in every image.
_DRAWN_FEATURES = (features.BRIGHTNESS, features.CONTRAST)
# How the files of each format begin. That of a WebP file has its length in between.
_IMAGE_TYPES = {PNG: "png", JPEG: "jpeg", GIF: "gif", BMP: "bmp", b"RIFF": "webp"}


def render_run(content: RunContent) -> str:
    """Renders the page of a run.

    Args:
        content: What the page shows.

    Returns:
        HTML that refers to no other file.
    """
    return _render(
        "run.html.j2",
        content=content,
        classes=_classes(content),
        confusions=_confusions(content),
        class_counts=_class_counts(content),
        training=[
            _picture(each)
            for each in draw_training(content.history or {}, content.validation_split)
        ],
        histograms=_histograms(content),
        lineage=_picture(draw_lineage(content.graph, content.artifacts, content.made)),
        stages=_stages(content),
    )


def render_lineage(graph: LineageGraph, subject: Artifact) -> str:
    """Renders the page of an artifact's lineage.

    Args:
        graph: The lineage of all artifacts.
        subject: The artifact.

    Returns:
        HTML that refers to no other file.
    """
    artifacts = [*graph.ancestors(subject), subject, *graph.descendants(subject)]
    return _render(
        "lineage.html.j2",
        graph=graph,
        subject=subject,
        artifacts=artifacts,
        lineage=_picture(draw_lineage(graph, artifacts, [subject])),
    )


def write_page(path: Path, page: str) -> None:
    """Writes a page atomically: the file is complete or isn't there.

    Args:
        path: File to write.
        page: HTML of the page.

    Raises:
        InputError: If its folder can't be written.
    """
    unfinished = path.with_suffix(".unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise InputError(
            f"The folder of a report must be writable; received {path.parent}: "
            f"{error.strerror}; choose another one with --output."
        ) from error


def _render(template: str, **values: Any) -> str:
    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "duration": format_duration,
        "value": format_value,
        "data_uri": _data_uri,
    }
    written = datetime.datetime.now().isoformat(" ", "minutes")
    return environment.get_template(template).render(written=written, **values)


def _picture(svg: str) -> Markup:
    # Matplotlib made it and escapes all text in it.
    return Markup(svg)  # noqa: S704


def _data_uri(image: bytes) -> str:
    kinds = (kind for start, kind in _IMAGE_TYPES.items() if image.startswith(start))
    kind = next(kinds, "png")
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


def _histograms(content: RunContent) -> list[Markup]:
    statistics = content.statistics or {}
    drawn = [
        name
        for name in _DRAWN_FEATURES
        if statistics and all(name in split.numbers for split in statistics.values())
    ]
    return [_picture(each) for each in draw_histograms(drawn, statistics)]


def _classes(content: RunContent) -> Sequence[Mapping[str, Any]]:
    """Returns each class with its accuracy and what it is most often mistaken for."""
    results = content.results
    if results is None:
        return []
    rows = dict(zip(results.class_names, results.confusion_matrix, strict=False))
    classes = []
    for name, accuracy in results.class_accuracy.items():
        counts = dict(zip(results.class_names, rows.get(name, ()), strict=False))
        others = {other: count for other, count in counts.items() if other != name}
        mistaken = max(others, key=others.__getitem__, default=None)
        classes.append(
            {
                "name": name,
                "accuracy": accuracy,
                "images": sum(counts.values()) if counts else None,
                "right": counts.get(name),
                "mistaken": mistaken if mistaken and others[mistaken] else None,
                "mistakes": others[mistaken] if mistaken else 0,
            }
        )
    return classes


def _confusions(content: RunContent) -> list[tuple[str, Sequence[int]]]:
    """Returns the confusion matrix: the name and the counts of each true class."""
    results = content.results
    if results is None:
        return []
    return list(zip(results.class_names, results.confusion_matrix, strict=False))


def _class_counts(content: RunContent) -> list[tuple[str, list[int]]]:
    """Returns how many images of each class the splits have."""
    splits = (content.statistics or {}).values()
    by_split = [split.values.get(features.CLASS_NAME, {}) for split in splits]
    found = sorted({name for counts in by_split for name in counts})
    names = content.results.class_names if content.results else ()
    # In the order of the labels, where the evaluation says it.
    shown = names if {*found} <= {*names} else found
    return [(name, [counts.get(name, 0) for counts in by_split]) for name in shown]


def _stages(content: RunContent) -> list[Mapping[str, Any]]:
    """Returns start and duration of each node, in per cent of the run's duration."""
    run = content.run
    total = run.seconds or 1
    return [
        {
            "node": node,
            "start": 100 * (node.started - run.started).total_seconds() / total,
            "width": 100 * node.seconds / total,
        }
        for node in run.nodes
        if node.started and run.started
    ]
