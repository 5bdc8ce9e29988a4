"""Renders templates as pages of one file, and writes them."""

import base64
import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from components.errors import InputError
from components.image_formats import BMP, GIF, JPEG, PNG
from pipeline.formatting import format_duration, format_value

INDEX_FILE = "index.html"
# How the files of each format begin. That of a WebP file has its length in between.
_IMAGE_TYPES = {PNG: "png", JPEG: "jpeg", GIF: "gif", BMP: "bmp", b"RIFF": "webp"}


def link_to(path: Path) -> str | None:
    """Returns a link from another page of the same folder; None without such a file."""
    return path.name if path.exists() else None


def render(template: str, links: dict[str, str] | None = None, **values: Any) -> str:
    """Renders a template.

    Args:
        template: Name of its file.
        links: What the page links to at its top, by the words of the link.
        **values: What the template shows.

    Returns:
        HTML that needs no other file.
    """
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
    return environment.get_template(template).render(
        written=written, links=links or {}, **values
    )


def picture(svg: str) -> Markup:
    """Marks a figure as HTML that needs no escaping.

    Args:
        svg: What `draw_svg` returned, or an empty string.
    """
    # Matplotlib made it and escapes all text in it.
    return Markup(svg)  # noqa: S704


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


def _data_uri(image: bytes) -> str:
    kinds = (kind for start, kind in _IMAGE_TYPES.items() if image.startswith(start))
    kind = next(kinds, "png")
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
