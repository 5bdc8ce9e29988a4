"""Reads settings from YAML files, and reports what is wrong with them."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.errors import InputError
from pipeline.formatting import suggest
from pipeline.settings import Settings


def read_settings_file(path: Path) -> dict[str, Any]:
    """Reads the settings in a YAML file.

    Args:
        path: YAML file that maps settings' names to values. A `curated_schema` in it is
            relative to the file's folder.

    Returns:
        The values by name, not yet checked.

    Raises:
        InputError: If the file can't be read, isn't a YAML mapping, or has an unknown
            key.
    """
    values = read_yaml(path)
    unknown = [name for name in values if name not in Settings.model_fields]
    if unknown:
        raise InputError(
            f"A settings file must hold only known settings; {path} has "
            f"{unknown[0]!r}; {suggest(str(unknown[0]), list(Settings.model_fields))}."
        )
    # `init` writes the schema beside the settings, and both are moved together.
    schema = values.get("curated_schema")
    if isinstance(schema, str):
        values["curated_schema"] = str(path.parent / os.path.expanduser(schema))  # noqa: PTH111
    return values


def read_yaml(path: Path) -> dict[str, Any]:
    """Reads a YAML file that holds a mapping.

    Args:
        path: The file.

    Returns:
        The mapping; an empty one if the file is empty.

    Raises:
        InputError: If the file can't be read, isn't valid YAML, or holds something
            else.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} must be a text file that can be read; reading it failed: {error}; "
            f"choose another file."
        ) from error
    except yaml.YAMLError as error:
        raise InputError(
            f"{path} must be valid YAML; it has an error in "
            f"{_describe_yaml_error(error)}; correct it there."
        ) from None  # its traceback quotes the file, which may hold a password
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InputError(
            f"{path} must hold lines of the form NAME: VALUE; it holds a "
            f"{type(values).__name__}."
        )
    return values


def describe_errors(error: ValidationError, model: type[BaseModel]) -> str:
    """Describes, in one line, what is wrong with values from a file or a package.

    Passwords in addresses are left out, because the text may end up in a log.

    Args:
        error: The error that pydantic raised.
        model: The class that refused the values.

    Returns:
        A clause for each wrong value, separated by semicolons.
    """
    return "; ".join(_describe_error(each, model) for each in error.errors())


def _describe_error(error: ErrorDetails, model: type[BaseModel]) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        *outer, name = error["loc"]
        known = _known_names(model, outer)
        return f"{where} is unknown; {suggest(str(name), known)}"
    # Cut up to the last @, because a password may contain an @.
    received = re.sub("://.*@", "://", repr(error["input"]))
    return f"{where}: {error['msg'].lower()}, received {received}"


def _known_names(model: type[BaseModel], outer: list[Any]) -> list[str]:
    """Returns the field names of the inner model that a path of keys leads to."""
    for name in outer:
        field = model.model_fields.get(str(name))
        if field is None:
            continue  # a key of a mapping, whose values are models
        candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
        inner = [each for each in candidates if _is_model(each)]
        if inner:
            model = inner[0]
    return list(model.model_fields)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def merge(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Merges given values into defaults, in nested mappings too.

    Args:
        defaults: Values that hold where nothing is given.
        given: Values that replace them.

    Returns:
        A new mapping with all values.
    """
    result = dict(defaults)
    for name, value in given.items():
        former = result.get(name)
        if isinstance(former, Mapping) and isinstance(value, Mapping):
            result[name] = merge(former, value)
        else:
            result[name] = value
    return result


def _describe_yaml_error(error: yaml.YAMLError) -> str:
    """Describes an error without quoting the file's text, which may be a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())
