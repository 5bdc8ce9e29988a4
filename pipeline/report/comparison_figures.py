"""Draws the figures that show several runs."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.report.svg import (
    BAD,
    GOOD,
    LINE,
    MUTED,
    PANEL,
    SERIES,
    draw_dot,
    draw_svg,
)

# Width and height, in inches.
_LONG = (8.6, 2.8)
_STYLES = ("-", "--", ":", "-.")


def draw_runs(
    labels: Sequence[str],
    accuracies: Sequence[float],
    floors: Sequence[float | None],
    published: Sequence[bool],
) -> str:
    """Draws the test accuracies of runs, the oldest on the left.

    Args:
        labels: A name for each run.
        accuracies: The accuracy of each run, from 0 to 1.
        floors: The floor of each run; None where it had none.
        published: Whether the model of each run was published.

    Returns:
        An `svg` element.
    """
    places = range(len(labels))

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        known = [at for at in places if floors[at] is not None]
        axes.plot(
            known,
            [floors[at] for at in known],  # type: ignore[arg-type]
            color=MUTED,
            linestyle="--",
            linewidth=1,
            drawstyle="steps-mid",
            label="floor",
        )
        axes.plot(places, accuracies, color=LINE, linewidth=1)
        for color, label in ((GOOD, "published"), (BAD, "not published")):
            # An empty curve, for the legend alone.
            axes.plot([], [], "o", color=color, markersize=4.5, label=label)
        for at in places:
            word = "published" if published[at] else "not published"
            text = f"{labels[at]}: {accuracies[at]:.4f}, {word}"
            draw_dot(axes, at, accuracies[at], GOOD if published[at] else BAD, text)
        # A floor that is far below would flatten the curve.
        spread = max(0.02, max(accuracies) - min(accuracies))
        axes.set_ylim(min(accuracies) - spread, min(1.0, max(accuracies) + spread / 4))
        axes.set_title("Test accuracy of the runs, the oldest on the left")
        axes.set_xticks([])
        axes.legend(labelcolor=MUTED, loc="lower right", ncols=3)

    text = "Test accuracy of the runs, the oldest first: " + "; ".join(
        f"{label} {accuracy:.4f}"
        for label, accuracy in zip(labels, accuracies, strict=True)
    )
    return draw_svg(paint, _LONG, "runs", f"{text}.")


def draw_comparison(
    histories: Mapping[str, Mapping[str, Sequence[float]]], split: str = "test"
) -> list[str]:
    """Draws the curves of several runs over each other.

    Args:
        histories: By name of the run, the values after each epoch by the names in
            `HISTORY_NAMES`.
        split: Split on which each epoch was evaluated.

    Returns:
        An `svg` element for the accuracy and one for the loss; none if no run has
        curves.
    """
    drawn = {name: each for name, each in histories.items() if each}
    if not drawn:
        return []
    return [_draw_compared(metric, drawn, split) for metric in ("accuracy", "loss")]


def _draw_compared(
    metric: str, histories: Mapping[str, Mapping[str, Sequence[float]]], split: str
) -> str:
    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for at, (name, history) in enumerate(histories.items()):
            # More runs than colours differ in the lines' style too.
            color = SERIES[at % len(SERIES)]
            style = _STYLES[at // len(SERIES) % len(_STYLES)]
            values = history.get(f"val_{metric}", ())
            epochs = range(1, len(values) + 1)
            axes.plot(epochs, values, color=color, linestyle=style, label=name)
            for epoch, value in zip(epochs, values, strict=True):
                text = f"{name}, epoch {epoch}: {value:.4f}"
                draw_dot(axes, epoch, value, color, text)
        axes.set_title(f"{metric.capitalize()} on the {split} split")
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(labelcolor=MUTED)

    ends = ", ".join(
        f"{history[f'val_{metric}'][-1]:.3f} for {name}"
        for name, history in histories.items()
        if history.get(f"val_{metric}")
    )
    text = f"Curves of the {metric} on the {split} split, which end at {ends}."
    return draw_svg(paint, PANEL, f"compared-{metric}", text)
