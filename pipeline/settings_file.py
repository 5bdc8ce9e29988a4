"""Reads settings from YAML files, and says what is wrong with them."""

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
    """Reads the settings that a file gives.

    Args:
        path: YAML file: a mapping of settings' names to values.

    Returns:
        The values by name, not yet checked.

    Raises:
        InputError: If it is no YAML, no mapping, or has a key that is no setting.
    """
    values = read_yaml(path)
    unknown = [name for name in values if name not in Settings.model_fields]
    if unknown:
        raise InputError(
            f"A settings file must hold settings: {path} has {unknown[0]!r}; "
            f"{suggest(str(unknown[0]), list(Settings.model_fields))}."
        )
    return values


def read_yaml(path: Path) -> dict[str, Any]:
    """Reads a YAML file that holds a mapping.

    Args:
        path: The file.

    Returns:
        The mapping; empty if the file is.

    Raises:
        InputError: If it can't be read, is no YAML, or holds something else.
    """
    try:
        values = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"A YAML file must be readable; {path} gave: {error}."
        ) from error
    except yaml.YAMLError as error:
        raise InputError(
            f"{path} must be a YAML file; it has a fault in {_yaml_fault(error)}."
        ) from None  # its traceback quotes the file, which may hold a password
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InputError(
            f"{path} must hold lines of the form NAME: VALUE; it holds a "
            f"{type(values).__name__}."
        )
    return values


def faults(error: ValidationError, model: type[BaseModel]) -> str:
    """Says what was wrong with values from a file or a package, on one line.

    Passwords in addresses are left out: whoever puts one where it doesn't belong should
    not find it in a log.

    Args:
        error: What pydantic found.
        model: The class whose values they were to be.

    Returns:
        A clause for each fault.
    """
    return "; ".join(_fault(each, model) for each in error.errors())


def _fault(error: ErrorDetails, model: type[BaseModel]) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        *outer, name = error["loc"]
        known = _known_names(model, outer)
        return f"{where} is unknown; {suggest(str(name), known)}"
    # Up to the last @, since a password may hold one.
    received = re.sub("://.*@", "://", repr(error["input"]))
    return f"{where}: {error['msg'].lower()}, received {received}"


def _known_names(model: type[BaseModel], outer: list[Any]) -> list[str]:
    """Returns the names that a model has at a place within it."""
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


def merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Puts given values into defaults, in mappings within mappings too.

    Args:
        defaults: What holds where nothing is given.
        given: What replaces it.

    Returns:
        All of them.
    """
    result = dict(defaults)
    for name, value in given.items():
        former = result.get(name)
        if isinstance(former, Mapping) and isinstance(value, Mapping):
            result[name] = merged(former, value)
        else:
            result[name] = value
    return result


def _yaml_fault(error: yaml.YAMLError) -> str:
    """Says what was wrong and where; what stands there may be a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())
