"""Kinds of options that click doesn't have, or takes too much for."""

import math
from typing import Any

import click

# ML Metadata and TensorFlow count with 64 bits, some of them up to the next number.
COUNT = click.IntRange(min=0, max=2**63 - 2)

# As text, in which an empty value shows; of a pathlib path it is the current folder.
FOLDER = click.Path(file_okay=False)


class Seconds(click.FloatRange):
    """A time to wait: more than nothing, and at most a day."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=24 * 60 * 60)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuses what is no number, which is in every range."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is not in the range 0<x<={self.max}.", param, ctx)
        return seconds


class Text(click.ParamType[str]):
    """A name or an address; an empty one is what a variable that isn't set leaves."""

    name = "text"

    def __init__(self, spaces: bool = False, secret: bool = False) -> None:
        """Makes the type.

        Args:
            spaces: Whether it may be of several words.
            secret: Whether what is refused must not be shown.
        """
        self._spaces = spaces
        self._secret = secret

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuses empty text, spaces too many, and characters that can't be printed."""
        words = value.split(" ")
        if value.isprintable() and all(words) and (self._spaces or len(words) == 1):
            return value
        wanted = "words" if self._spaces else "one word"
        received = "" if self._secret else f"; received {value!r}"
        self.fail(f"must be {wanted}{received}.", param, ctx)
