"""Draws figures as SVG elements in the colours of their page.

Matplotlib draws with placeholder colours. These are replaced by the page's CSS
variables, so that a figure is light or dark like the page.
"""

import html
import io
import re
from collections.abc import Callable

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, MUTED, LINE, SURFACE, FIRST, SECOND, THIRD, GOOD, BAD = (
    f"#01020{number}" for number in range(9)
)
SERIES = (FIRST, SECOND, THIRD)
"""Colours of curves in the same figure, in their order."""

PANEL = (4.4, 2.8)
"""Width and height of a figure that stands beside another one, in inches."""

_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    SURFACE: "--surface",
    FIRST: "--first",
    SECOND: "--second",
    THIRD: "--third",
    GOOD: "--good",
    BAD: "--bad",
}
# Begins the identifiers that carry a text, which SVG can't hold as it is.
_TIP = "tip-"
_FONT = "DejaVu Sans"
_PIXELS_PER_INCH = 96
_STYLE = {
    "axes.edgecolor": LINE,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "font.family": _FONT,
    "font.size": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.fonttype": "none",  # as text, so that it can be searched and read out
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.color": LINE,
    "ytick.labelcolor": MUTED,
}


def draw_dot(
    axes: Axes, x: float, y: float, color: str, text: str, size: float = 4.5
) -> None:
    """Draws a point that shows a text under the mouse.

    Args:
        axes: Where to draw.
        x: Place of the point.
        y: Place of the point.
        color: Its colour.
        text: The text.
        size: Its diameter, in points.
    """
    gid = _TIP + text.encode().hex()
    axes.plot([x], [y], "o", color=color, markersize=size, gid=gid)


def draw_svg(
    paint: Callable[[Figure], None],
    size: tuple[float, float],
    name: str,
    text: str,
) -> str:
    """Draws a figure as an element for a page.

    Args:
        paint: Draws on an empty figure.
        size: Width and height in inches; the page makes it smaller on small screens.
        name: Name of the figure, unique on the page.
        text: Description of the figure, for screen readers.

    Returns:
        An `svg` element.
    """
    file = io.StringIO()
    # The salt makes identifiers unique within a page, and the same in each rendering.
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # The texts under the mouse were put into identifiers.
    svg = re.sub(
        rf'<g id="{_TIP}([0-9a-f]*)">',
        lambda match: (
            '<g class="tip"><title>'
            f"{html.escape(bytes.fromhex(match[1]).decode())}</title>"
        ),
        svg,
    )
    # Removes the identifiers of groups: nothing refers to them, and they are the same
    # in every figure of the page.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    svg = svg.replace(f"'{_FONT}'", "system-ui, sans-serif")
    label = html.escape(text, quote=True)
    return re.sub(
        r'width="[\d.]+pt" height="[\d.]+pt"',
        f'class="figure" role="img" aria-label="{label}" '
        f'style="max-width: {size[0] * _PIXELS_PER_INCH:.0f}px"',
        svg,
        count=1,
    )
