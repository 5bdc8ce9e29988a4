"""Figures as SVG within a page, in the colours of the page.

Matplotlib draws with stand-in colours; they become the page's own variables, so that a
figure is light or dark as the page is.
"""

import html
import io
import re
from collections.abc import Callable

from matplotlib import rc_context
from matplotlib.figure import Figure

INK, MUTED, LINE, SURFACE, FIRST, SECOND, THIRD = (
    f"#01020{number}" for number in range(7)
)
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    SURFACE: "--surface",
    FIRST: "--first",
    SECOND: "--second",
    THIRD: "--third",
}
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
    "svg.fonttype": "none",  # letters stay letters: they can be found and read out
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.color": LINE,
    "ytick.labelcolor": MUTED,
}


def draw_svg(
    paint: Callable[[Figure], None],
    size: tuple[float, float],
    name: str,
    text: str,
) -> str:
    """Draws a figure as an element for a page.

    Args:
        paint: Draws on an empty figure.
        size: Width and height, in inches; the page shrinks it where it has no room.
        name: A name that no other figure of the page has.
        text: What the figure shows, for those who can't see it.

    Returns:
        An `svg` element.
    """
    file = io.StringIO()
    # The salt keeps identifiers apart within a page, and the same each time.
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Nothing refers to the groups, and their names are the same in every figure.
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
