"""Types of option values that click lacks, or for which click accepts too much."""

import math
from typing import Any

import click

# ML Metadata and TensorFlow use 64-bit integers, and some of their code adds 1.
COUNT = click.IntRange(min=0, max=2**63 - 2)

# Text, not a pathlib path, which would turn an empty value into the current folder.
FOLDER = click.Path(file_okay=False)


class Seconds(click.FloatRange):
    """A waiting time: more than 0 seconds and at most a day."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=24 * 60 * 60)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuses values out of range; also NaN, which click takes for any range."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is not in the range 0<x<={self.max}.", param, ctx)
        return seconds


class Text(click.ParamType[str]):
    """A name or an address; not empty, as it is when a shell variable isn't set."""

    name = "text"

    def __init__(self, spaces: bool = False, secret: bool = False) -> None:
        """Constructs the type.

        Args:
            spaces: Whether the text may have several words.
            secret: Whether an error must not show the text.
        """
        self._spaces = spaces
        self._secret = secret

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuses empty text, superfluous spaces and unprintable characters."""
        words = value.split(" ")
        if value.isprintable() and all(words) and (self._spaces or len(words) == 1):
            return value
        wanted = "words with one space between them" if self._spaces else "one word"
        received = "" if self._secret else f"; received {value!r}"
        self.fail(f"must be {wanted}{received}.", param, ctx)
