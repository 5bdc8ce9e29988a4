"""Draws how features of scored images differ from those of the training images."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from pipeline.report.split_statistics import Numbers, SplitStatistics
from pipeline.report.svg import FIRST, MUTED, PANEL, SECOND, draw_svg

_COLORS = (FIRST, SECOND)
_BINS = 30
# Classes that fit beside each other with their names.
_CLASSES = 15


def draw_feature(name: str, sets: Mapping[str, SplitStatistics]) -> str:
    """Draws the distributions of a feature in two sets of images.

    Args:
        name: Name of the feature, a number or a text.
        sets: The statistics of the two sets, by how they are called.

    Returns:
        An `svg` element; an empty string if a set has no such feature.
    """
    if all(name in each.numbers for each in sets.values()):
        return _draw_numbers(name, {key: sets[key].numbers[name] for key in sets})
    if all(name in each.values for each in sets.values()):
        return _draw_values(name, {key: sets[key].values[name] for key in sets})
    return ""


def _draw_numbers(name: str, sets: Mapping[str, Numbers]) -> str:
    lowest = min(each.minimum for each in sets.values())
    highest = max(each.maximum for each in sets.values())
    if lowest == highest:
        lowest, highest = lowest - 0.5, highest + 0.5
    edges = np.linspace(lowest, highest, _BINS + 1)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for (label, each), color in zip(sets.items(), _COLORS, strict=True):
            axes.stairs(
                100 * _shares(each, edges),
                edges,
                color=color,
                linewidth=1.8,
                label=label,
            )
        axes.set_title(_title(name))
        axes.set_ylabel("% of the images")
        axes.legend(labelcolor=MUTED)

    means = ", ".join(f"{each.mean:.3f} in {label}" for label, each in sets.items())
    return draw_svg(
        paint, PANEL, f"drift-{name}", f"Histogram of {_title(name)}: mean {means}."
    )


def _shares(numbers: Numbers, edges: np.ndarray) -> np.ndarray:
    """Returns the part of the values in each of some bins, from those of other bins."""
    total = sum(numbers.counts)
    if not total or numbers.minimum == numbers.maximum:
        # A single value has bins without a width.
        counts, _ = np.histogram([numbers.mean], edges)
        return counts.astype(float)
    below = np.concatenate([[0.0], np.cumsum(numbers.counts)]) / total
    return np.diff(np.interp(edges, numbers.edges, below))


def _draw_values(name: str, sets: Mapping[str, Mapping[str, int]]) -> str:
    totals = {label: sum(each.values()) or 1 for label, each in sets.items()}
    shares = {
        label: {value: count / totals[label] for value, count in each.items()}
        for label, each in sets.items()
    }
    values = _most_changed(list(shares.values()))

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        places = np.arange(len(values))
        for at, (label, each) in enumerate(shares.items()):
            axes.barh(
                places + 0.4 * at - 0.2,
                [100 * each.get(value, 0) for value in values],
                0.38,
                color=_COLORS[at],
                label=label,
            )
        axes.set_yticks(places, values)
        axes.invert_yaxis()
        axes.set_title(_title(name))
        axes.set_xlabel("% of the images")
        # Above the bars, which reach into every corner.
        figure.legend(loc="outside upper right", ncols=2, labelcolor=MUTED)

    parts = "; ".join(
        f"{value} {', '.join(f'{each.get(value, 0):.0%}' for each in shares.values())}"
        for value in values
    )
    text = f"Parts of each {_title(name)} in {' and '.join(sets)}: {parts}."
    return draw_svg(paint, PANEL, f"drift-{name}", text)


def _most_changed(shares: Sequence[Mapping[str, float]]) -> list[str]:
    names = sorted({name for each in shares for name in each})
    first, second = shares
    names.sort(key=lambda name: -abs(first.get(name, 0) - second.get(name, 0)))
    return names[:_CLASSES]


def _title(name: str) -> str:
    return name.replace("_", " ")
