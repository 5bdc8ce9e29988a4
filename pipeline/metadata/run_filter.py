"""Chooses and sorts runs by what users see of them."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.errors import InputError
from pipeline.formatting import suggest

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONDITION = re.compile(r"\s*([\w.-]+)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*")

Row = Mapping[str, Any]
"""The facts of a run by name; `parameters` holds more of them."""


def filter_rows(rows: Sequence[Row], conditions: Sequence[str]) -> list[Row]:
    """Returns the runs that meet all conditions.

    Args:
        rows: The facts of each run.
        conditions: For example `state=failed`, `accuracy>0.9`, `tag=paper` or
            `epochs>=5`.

    Returns:
        The rows in the same order.

    Raises:
        InputError: If a condition is malformed, or no run has such a fact.
    """
    kept = list(rows)
    for condition in conditions:
        match = _CONDITION.fullmatch(condition)
        if match is None:
            raise InputError(
                f"--filter must be NAME, one of {' '.join(_OPERATORS)}, and a value; "
                f"received {condition!r}; write for example accuracy>0.9."
            )
        name, sign, text = match.groups()
        _check_name("--filter", name, rows)
        kept = [row for row in kept if _meets(_value(row, name), sign, text)]
    return kept


def sort_rows(rows: Sequence[Row], name: str) -> list[Row]:
    """Returns the runs with the largest value first, and those without one last.

    Args:
        rows: The facts of each run.
        name: The fact to sort by, for example `accuracy`.

    Returns:
        The rows.

    Raises:
        InputError: If no run has such a fact.
    """
    _check_name("--sort", name, rows)
    known = [row for row in rows if _value(row, name) is not None]
    numeric = all(isinstance(_value(row, name), int | float) for row in known)

    def key(row: Row) -> Any:
        value = _value(row, name)
        return value if numeric else str(value)

    return [
        *sorted(known, key=key, reverse=True),
        *(row for row in rows if _value(row, name) is None),
    ]


def _check_name(option: str, name: str, rows: Sequence[Row]) -> None:
    known = list(dict.fromkeys(each for row in rows for each in _names(row)))
    if rows and name not in known:
        raise InputError(
            f"{option} must name a fact that a run has; received {name!r}; "
            f"{suggest(name, known)}."
        )


def _names(row: Row) -> list[str]:
    parameters = row["parameters"]
    short = [name.rpartition(".")[2] for name in parameters]
    return [*(name for name in row if name != "parameters"), "tag", *short, *parameters]


def _value(row: Row, name: str) -> Any:
    if name in row and name != "parameters":
        return row[name]
    if name == "tag":
        return row["tags"]
    parameters = row["parameters"]
    for full, value in parameters.items():
        if name in (full, full.rpartition(".")[2]):
            return value
    return None


def _meets(value: Any, sign: str, text: str) -> bool:
    if isinstance(value, list):
        # A list of words, such as the tags: one of them must be the text.
        return (text in value) == (sign != "!=") and sign in ("=", "!=")
    if value is None:
        return sign == "!="
    if isinstance(value, int | float):
        try:
            return _OPERATORS[sign](float(value), float(text))
        except ValueError:
            pass
    return _OPERATORS[sign](str(value), text)
