"""Renders a run's page, and writes it into the output folder."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ml_metadata
from markupsafe import Markup

from components import features
from components.evaluator.example_predictions import ExamplePrediction
from components.parameters import TrainingParameters
from pipeline.metadata.output_place import output_place
from pipeline.metadata.records import Run
from pipeline.metadata.release_records import released_versions
from pipeline.metadata.run_reader import load_runs
from pipeline.report.content import RunContent, gather_content
from pipeline.report.figures import (
    draw_histogram,
    draw_reliability,
    draw_training,
    draw_verdict,
)
from pipeline.report.index_page import render_index
from pipeline.report.lineage_figure import draw_lineage
from pipeline.report.page import (
    INDEX_FILE,
    link_to,
    picture,
    render,
    write_page,
)
from pipeline.settings import Settings

# Features whose histograms are drawn; the other numbers are the same in every image.
_DRAWN_FEATURES = (features.BRIGHTNESS, features.CONTRAST)


def write_run_page(
    store: ml_metadata.MetadataStore, settings: Settings, run: Run
) -> Path:
    """Writes a run's page below `reports/` in the output folder, and renews the index.

    Args:
        store: The store with the run.
        settings: Settings with the output folder.
        run: The run.

    Returns:
        Path of the page.

    Raises:
        InputError: If the folder can't be written.
    """
    runs = load_runs(store, output_place(settings))
    content = gather_content(run, runs, settings.log_file(run.run_id))
    path = settings.page_file(run.run_id)
    write_page(path, render_run(content, _links(settings, content), settings.root))
    write_page(
        settings.reports_dir / INDEX_FILE,
        render_index(settings, runs, released_versions(store)),
    )
    return path


def render_run(
    content: RunContent, links: dict[str, str] | None = None, root: str = ""
) -> str:
    """Renders the page of a run.

    Args:
        content: What the page shows.
        links: Other pages, by the words of the link.
        root: The output folder, which commands on the page name.

    Returns:
        HTML that needs no other file.
    """
    machine_facts = content.run.facts.describe()
    return render(
        "run.html.j2",
        links,
        content=content,
        verdict=_verdict(content),
        classes=_classes(content),
        confusions=_confusions(content),
        pairs=_pairs(content),
        class_counts=_class_counts(content),
        training=[
            picture(each)
            for each in draw_training(content.history or {}, content.validation_split)
        ],
        reliability=_reliability(content),
        histograms=_histograms(content),
        lineage=picture(draw_lineage(content.graph, content.artifacts, content.made)),
        stages=_stages(content),
        trainer_parameters=_trainer_parameters(content),
        facts={
            name: machine_facts[name]
            for name in ("commit", "machine", "versions")
            if name in machine_facts
        },
        commands=_commands(content, root),
    )


def _links(settings: Settings, content: RunContent) -> dict[str, str]:
    """Returns the pages that the run's page links to."""
    links = {"All runs": INDEX_FILE}
    for words, run in (
        ("Run before", content.run_before),
        ("Baseline", content.baseline_run),
    ):
        target = link_to(settings.page_file(run.run_id)) if run else None
        if target:
            links[words] = target
    return links


def _verdict(content: RunContent) -> Markup:
    results, floor = content.results, content.floor
    margin = content.parameter("Evaluator", "max_regression")
    if results is None or not isinstance(floor, float):
        return Markup()
    return picture(
        draw_verdict(
            results.accuracy,
            floor,
            results.baseline_accuracy,
            margin if isinstance(margin, float) else 0.0,
            results.blessed,
        )
    )


def _reliability(content: RunContent) -> Markup:
    bins = content.predictions.reliability if content.predictions else []
    return picture(draw_reliability(bins) if bins else "")


def _trainer_parameters(content: RunContent) -> Mapping[str, object]:
    """Returns the settings of the training, those that people change most."""
    names = TrainingParameters.model_fields
    values = {name: content.parameter("Trainer", name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _commands(content: RunContent, root: str) -> Mapping[str, str]:
    """Returns what can be done next, each with its command."""
    commands = {}
    if content.run.facts.command:
        commands["Run it again"] = content.run.facts.command
    output = shlex.quote(root)
    if root and content.outcome.version:
        commands["Serve the newest model"] = (
            f"MODEL_NAME={shlex.quote(content.run.pipeline)} OUTPUT={output} "
            f"docker compose --file deploy/serving/compose.yaml up --wait"
        )
    if root and content.history:
        commands["Open TensorBoard"] = f"fashion-mnist tensorboard --output {output}"
    if root and content.run_before:
        commands["Compare with the run before"] = (
            f"fashion-mnist compare {content.run_before.run_id} {content.run.run_id} "
            f"--output {output}"
        )
    return commands


def _histograms(content: RunContent) -> list[Markup]:
    statistics = content.statistics or {}
    drawn = [
        name
        for name in _DRAWN_FEATURES
        if statistics and all(name in split.numbers for split in statistics.values())
    ]
    return [picture(draw_histogram(name, statistics)) for name in drawn]


def _classes(content: RunContent) -> Sequence[Mapping[str, Any]]:
    """Returns each class with what was measured on it."""
    results = content.results
    if results is None:
        return []
    rows = dict(zip(results.class_names, results.confusion_matrix, strict=False))
    by_column = zip(*results.confusion_matrix, strict=False)
    columns = dict(zip(results.class_names, by_column, strict=False))
    classes = []
    for name, accuracy in results.class_accuracy.items():
        counts = dict(zip(results.class_names, rows.get(name, ()), strict=False))
        others = {other: count for other, count in counts.items() if other != name}
        mistaken = max(others, key=others.__getitem__, default=None)
        right, predicted = counts.get(name), sum(columns.get(name, ()))
        # None where the class was never predicted.
        precision = right / predicted if right is not None and predicted else None
        before = content.baseline_classes.get(name)
        classes.append(
            {
                "name": name,
                "accuracy": accuracy,
                "change": None if before is None else accuracy - before,
                "precision": precision,
                "f1": _f1(precision, accuracy),
                "images": sum(counts.values()) if counts else None,
                "right": right,
                "mistaken": mistaken if mistaken and others[mistaken] else None,
                "mistakes": others[mistaken] if mistaken else 0,
            }
        )
    return classes


def _f1(precision: float | None, recall: float) -> float | None:
    """Returns the harmonic mean of precision and recall; None if it isn't defined."""
    if precision is None or precision + recall == 0:
        return None
    return 2 * precision * recall / (precision + recall)


def _pairs(content: RunContent) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Returns the kept images of each mistake, by true and predicted class."""
    predictions = content.predictions
    if predictions is None:
        return {}
    found: dict[tuple[str, str], list[ExamplePrediction]] = {}
    for each in predictions.mistakes:
        found.setdefault((each.true_class_name, each.class_name), []).append(each)
    return {
        pair: {"anchor": f"mistake-{number}", "predictions": kept}
        for number, (pair, kept) in enumerate(sorted(found.items()), start=1)
    }


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
