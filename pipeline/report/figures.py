"""Draws the figures of the pages."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from components.evaluator.example_predictions import ReliabilityBin
from pipeline.report.split_statistics import SplitStatistics
from pipeline.report.svg import (
    BAD,
    FIRST,
    GOOD,
    INK,
    MUTED,
    PANEL,
    SECOND,
    SERIES,
    draw_dot,
    draw_svg,
)

HISTORY_NAMES = ("accuracy", "val_accuracy", "loss", "val_loss")
"""Metrics of the training that are drawn."""

# Width and height of a figure that stands alone, in inches.
_WIDE = (8.6, 1.5)


def draw_training(
    history: Mapping[str, Sequence[float]], split: str = "test"
) -> list[str]:
    """Draws the curves of accuracy and loss over the epochs.

    Args:
        history: The value after each epoch, for each of `HISTORY_NAMES`. A figure is
            left out if one of its two curves is missing.
        split: Split on which each epoch was evaluated.

    Returns:
        At most two `svg` elements.
    """
    return [
        _draw_curve(name, history, split)
        for name in ("accuracy", "loss")
        if history.get(name) and history.get(f"val_{name}")
    ]


def draw_verdict(
    accuracy: float, floor: float, baseline: float | None, margin: float, blessed: bool
) -> str:
    """Draws a test accuracy against what it has to reach.

    Args:
        accuracy: The accuracy, from 0 to 1.
        floor: Accuracy below which a model is refused.
        baseline: Accuracy of the blessed model before; None if there was none.
        margin: How far the accuracy may be below the baseline's.
        blessed: Whether the model was blessed.

    Returns:
        An `svg` element.
    """
    limits = [floor] if baseline is None else [floor, baseline - margin, baseline]
    values = [accuracy, *limits]
    room = max(0.02, 0.25 * (max(values) - min(values)))
    start, end = max(0.0, min(values) - room), min(1.0, max(values) + room)
    least = floor if baseline is None else max(floor, baseline - margin)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.axvspan(least, end, color=GOOD, alpha=0.13, linewidth=0)
        marks = [("floor", floor, "--", 0.95, "top")]
        if baseline is not None:
            marks.append(("baseline", baseline, "-", 0.05, "bottom"))
        for name, value, style, height, at in marks:
            axes.axvline(value, color=INK, linewidth=1.5, linestyle=style)
            axes.annotate(
                f"{name} {value:.4f}",
                (value, height),
                (-5, 0),
                textcoords="offset points",
                ha="right",
                va=at,
            )
        color = GOOD if blessed else BAD
        draw_dot(axes, accuracy, 0.5, color, f"test accuracy {accuracy:.4f}", size=10)
        axes.annotate(
            f"{accuracy:.4f}",
            (accuracy, 0.5),
            (9, 0),
            textcoords="offset points",
            va="center",
            color=color,
            weight="bold",
        )
        axes.set_xlim(start, end)
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("test accuracy; a model in the green part is accepted")

    text = f"Test accuracy {accuracy:.4f} with a floor of {floor:.4f}"
    if baseline is not None:
        text += f", a baseline of {baseline:.4f} and a margin of {margin:g}"
    return draw_svg(paint, _WIDE, "verdict", f"{text}.")


def draw_reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Draws how often predictions of each confidence are right.

    Args:
        bins: The predictions by confidence.

    Returns:
        An `svg` element.
    """

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1)
        axes.plot(
            [each.confidence for each in bins],
            [each.accuracy for each in bins],
            color=FIRST,
        )
        for each in bins:
            text = (
                f"{each.count} predictions of {each.confidence:.0%} on average: "
                f"{each.accuracy:.0%} right"
            )
            draw_dot(axes, each.confidence, each.accuracy, FIRST, text)
        axes.set_title("Reliability")
        axes.set_xlabel("confidence of the prediction")
        axes.set_ylabel("fraction that is right")

    described = "; ".join(
        f"{each.accuracy:.0%} right of {each.count} predictions of "
        f"{each.confidence:.0%} confidence"
        for each in bins
    )
    return draw_svg(paint, PANEL, "reliability", f"Reliability: {described}.")


def draw_histogram(feature: str, statistics: Mapping[str, SplitStatistics]) -> str:
    """Draws how the values of a numeric feature are spread in each split.

    Args:
        feature: Name of the feature.
        statistics: Statistics by the name of the split.

    Returns:
        An `svg` element.
    """
    numbers = {split: each.numbers[feature] for split, each in statistics.items()}

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for at, (split, of_split) in enumerate(numbers.items()):
            total = sum(of_split.counts) or 1
            axes.stairs(
                [100 * count / total for count in of_split.counts],
                of_split.edges,
                color=SERIES[at % len(SERIES)],
                linewidth=1.8,
                label=split,
            )
        axes.set_title(feature.capitalize())
        axes.set_ylabel("% of the images")
        axes.legend(labelcolor=MUTED)

    means = ", ".join(f"{each.mean:.3f} in {split}" for split, each in numbers.items())
    text = f"Histogram of the {feature} in each split; its mean is {means}."
    return draw_svg(paint, PANEL, f"histogram-{feature}", text)


def _draw_curve(name: str, history: Mapping[str, Sequence[float]], split: str) -> str:
    epochs = range(1, len(history[name]) + 1)
    curves = {"train": history[name], split: history[f"val_{name}"]}
    upper_label = max(curves, key=lambda label: curves[label][-1])

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for (label, values), color in zip(curves.items(), (FIRST, SECOND), strict=True):
            axes.plot(epochs, values, color=color)
            for epoch, value in zip(epochs, values, strict=True):
                text = f"epoch {epoch}, {label}: {value:.4f}"
                draw_dot(axes, epoch, value, color, text)
            # The curve's name stands at its last value. The upper curve's is above the
            # value and the other one's below, so they don't overlap.
            upper = label == upper_label
            axes.annotate(
                f"{label} {values[-1]:.3f}",
                (epochs[-1], values[-1]),
                (6, 1 if upper else -1),
                textcoords="offset points",
                va="bottom" if upper else "top",
                color=color,
            )
        axes.set_title(name.capitalize())
        axes.set_xlabel("epoch")
        axes.set_xlim(0.8, len(epochs) + max(1.0, 0.32 * len(epochs)))
        ticks = MaxNLocator(integer=True, nbins=6).tick_values(1, len(epochs))
        axes.set_xticks([tick for tick in ticks if 1 <= tick <= len(epochs)])

    ends = " and ".join(
        f"{values[-1]:.3f} on the {label} split" for label, values in curves.items()
    )
    text = f"Curves of the {name} over {len(epochs)} epochs, which end at {ends}."
    return draw_svg(paint, PANEL, f"training-{name}", text)
