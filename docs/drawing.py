"""Boxes and arrows as SVG that reads well on light and on dark pages."""

from collections.abc import Sequence
from html import escape

LINE_HEIGHT = 16
_TITLE_HEIGHT = 20
_PADDING = 10

# A browser that prefers dark pages gets the second set. Both have a background of their
# own, so that the picture can be read on whichever page it stands.
_STYLE = """
svg { font: 12px system-ui, 'DejaVu Sans', sans-serif;
      --page: #ffffff; --ink: #1f2328; --muted: #59636e; --line: #818b98;
      --panel: #f6f8fa; --own: #ddf4ff; --other: #eaeef2; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --ink: #f0f6fc; --muted: #9198a1; --line: #656c76;
        --panel: #151b23; --own: #0c2d6b; --other: #2a313c; }
}
.page { fill: var(--page); }
.panel { fill: var(--panel); stroke: var(--line); stroke-dasharray: 4 4; }
.own { fill: var(--own); stroke: var(--line); }
.other { fill: var(--other); stroke: var(--line); }
.title { fill: var(--ink); font-size: 13px; font-weight: 600; }
.text { fill: var(--muted); }
.arrow { fill: none; stroke: var(--muted); stroke-width: 1.5; marker-end: url(#tip); }
.same { stroke-dasharray: 5 4; }
.tip { fill: var(--muted); }
""".strip()


def box_height(lines: Sequence[str]) -> int:
    """Returns the height of a box with so many lines below its title."""
    return 2 * _PADDING + _TITLE_HEIGHT + len(lines) * LINE_HEIGHT


def draw_box(
    x: int, y: int, width: int, title: str, lines: Sequence[str], kind: str
) -> str:
    """Draws a box with a title and lines of text.

    Args:
        x: Left edge, in pixels.
        y: Upper edge.
        width: Its width; nothing breaks the lines, so they must fit.
        title: First line, in bold.
        lines: The other lines.
        kind: `own` for what is this project's, otherwise `other`.

    Returns:
        SVG elements.
    """
    texts = [
        _text(x + _PADDING, y + _PADDING + 13, title, "title"),
        *(
            _text(
                x + _PADDING,
                y + _PADDING + _TITLE_HEIGHT + 12 + number * LINE_HEIGHT,
                line,
                "text",
            )
            for number, line in enumerate(lines)
        ),
    ]
    height = box_height(lines)
    frame = f'<rect class="{kind}" {_place(x, y, width, height)} rx="6"/>'
    return "\n".join([frame, *texts])


def draw_panel(x: int, y: int, width: int, height: int, title: str) -> str:
    """Draws a frame around boxes, with a title at its upper edge."""
    frame = f'<rect class="panel" {_place(x, y, width, height)} rx="8"/>'
    return f"{frame}\n{_text(x + _PADDING, y + 22, title, 'title')}"


def draw_arrow(points: Sequence[tuple[int, int]], same: bool = False) -> str:
    """Draws an arrow.

    Args:
        points: Its corners, from the tail to the tip.
        same: Whether it only says that two things are the same; it is dashed then.

    Returns:
        An SVG element.
    """
    path = " L".join(f"{x},{y}" for x, y in points)
    return f'<path class="{"arrow same" if same else "arrow"}" d="M{path}"/>'


def draw_picture(
    width: int, height: int, description: str, parts: Sequence[str]
) -> str:
    """Puts elements together to a picture.

    Args:
        width: Width, in pixels.
        height: Height.
        description: What it shows, for those who can't see it.
        parts: The elements, each in front of those before it.

    Returns:
        The text of an SVG file.
    """
    tip = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="tip" d="M0,0 L8,4 L0,8 Z"/>'
        "</marker></defs>"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">',
            f"<title>{escape(description)}</title>",
            f"<style>\n{_STYLE}\n</style>",
            tip,
            f'<rect class="page" {_place(0, 0, width, height)} rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _place(x: int, y: int, width: int, height: int) -> str:
    return f'x="{x}" y="{y}" width="{width}" height="{height}"'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'
