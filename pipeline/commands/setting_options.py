"""The options that set something. They are made of `Settings`; none is written here."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from click.core import ParameterSource
from click_option_group import OptionGroup
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.errors import InputError
from components.parameters import IS_FOLDER, plain_type
from pipeline.commands.option_types import FOLDER
from pipeline.settings import Settings
from pipeline.settings_file import read_settings_file

ENVIRONMENT_PREFIX = "FASHION_MNIST_"
"""Before a setting's name in capitals, it makes the name of a variable."""

_ORIGINS = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
}


def setting_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the options of settings, and `--config`, to a command.

    What the command line says counts first, then the environment, the file, and the
    default. The command gets the outcome as its argument `settings`.

    Args:
        *names: Settings to offer; all of them, and `--show-settings`, if none is
            named.

    Returns:
        A decorator for the command's function.
    """
    chosen = [
        (title, [name for name in members if name in names or not names])
        for title, members in _groups()
    ]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        @click.pass_context
        def with_settings(
            context: click.Context,
            /,
            config: Path | None,
            show_settings: bool = False,
            **values: Any,
        ) -> Any:
            given = {
                name: values.pop(name) for _, members in chosen for name in members
            }
            settings, origins = _resolve(context, given, config)
            if show_settings:
                _print(settings, origins)
                context.exit()
            return function(settings=settings, **values)

        decorated: Callable[..., Any] = with_settings
        if not names:
            decorated = click.option(
                "--show-settings",
                is_flag=True,
                help="Print all settings and where each comes from, and run nothing.",
            )(decorated)
        decorated = click.option(
            "--config",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            envvar=f"{ENVIRONMENT_PREFIX}CONFIG",
            help="YAML file of settings, such as 'epochs: 3'. The options and the "
            "environment (FASHION_MNIST_EPOCHS) count before it.",
        )(decorated)
        for title, members in reversed(chosen):
            group = OptionGroup(title) if not names else click
            for name in reversed(members):
                decorated = _option(group, name)(decorated)
        return decorated

    return decorate


def validate_settings(
    values: Mapping[str, Any], origins: Mapping[str, str] | None = None
) -> Settings:
    """Makes settings of values from the command line and other places.

    Args:
        values: Settings by name.
        origins: What to call a setting in a message, where that isn't its option.

    Raises:
        click.UsageError: If a value is out of range; the command ends with code 2.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise click.UsageError(
            "; ".join(_sentence(each, origins or {}) for each in error.errors())
        ) from error


def _groups() -> list[tuple[str, list[str]]]:
    """Returns the settings by the class that has them, each with its title."""
    groups = []
    for kind in [*reversed(Settings.__bases__), Settings]:
        title = (kind.__doc__ or "").partition(":")[0]
        own = [name for name in kind.__annotations__ if name in Settings.model_fields]
        groups.append((title, own))
    return groups


def _option(group: Any, name: str) -> Callable[..., Any]:
    field = Settings.model_fields[name]
    kind = plain_type(field.annotation)
    option = f"--{name.replace('_', '-')}"
    attributes: dict[str, Any] = {
        "default": field.default,
        "envvar": f"{ENVIRONMENT_PREFIX}{name.upper()}",
        "help": f"{field.description}{_bounds(field)}",
        "show_default": True,
    }
    extra = field.json_schema_extra
    if isinstance(extra, dict):
        attributes["metavar"] = extra.get("metavar")
    if get_origin(field.annotation) is Literal:
        attributes["type"] = click.Choice(get_args(field.annotation))
    elif kind is bool:
        option = f"{option}/--no-{name}"
    elif kind is tuple:
        # Given once for each of several values.
        option, attributes["multiple"] = option.removesuffix("s"), True
    elif extra == IS_FOLDER:
        attributes["type"] = FOLDER
    else:
        attributes["type"] = kind
    return group.option(option, name, **attributes)


def _bounds(field: FieldInfo) -> str:
    """Writes the range of a number as click does: `  [1<=x<=9]`."""
    signs = {"ge": "<=", "gt": "<", "le": "<=", "lt": "<"}
    bounds = {
        key: getattr(each, key)
        for each in field.metadata
        for key in signs
        # What a computer can't count is no bound that people ask for.
        if hasattr(each, key) and getattr(each, key) < 2**31
    }
    lower = [f"{bounds[key]}{signs[key]}" for key in ("ge", "gt") if key in bounds]
    upper = [f"{signs[key]}{bounds[key]}" for key in ("le", "lt") if key in bounds]
    if not lower and not upper:
        return ""
    return f"  [{''.join([*lower, 'x', *upper])}]"


def _resolve(
    context: click.Context, given: Mapping[str, Any], config: Path | None
) -> tuple[Settings, dict[str, str]]:
    """Returns the settings, and by their names where they come from."""
    try:
        in_file = read_settings_file(config) if config else {}
    except InputError as error:
        raise click.UsageError(str(error)) from error
    values = dict(in_file)
    origins = dict.fromkeys(Settings.model_fields, "default")
    origins |= dict.fromkeys(in_file, str(config))
    for name, value in given.items():
        source = context.get_parameter_source(name)
        if source in _ORIGINS:
            values[name] = value
            origins[name] = _ORIGINS[source]
    called = {
        name: f"{ENVIRONMENT_PREFIX}{name.upper()}"
        if origin == "environment"
        else f"{name} in {origin}"
        for name, origin in origins.items()
        if origin not in ("command line", "default")
    }
    return validate_settings(values, called), origins


def _sentence(error: ErrorDetails, origins: Mapping[str, str]) -> str:
    if not error["loc"]:
        # Of several settings that don't go together; it says which.
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    called = origins.get(name, f"--{name.replace('_', '-')}")
    return f"{called}: {error['msg'].lower()}; received {error['input']!r}."


def _print(settings: Settings, origins: Mapping[str, str]) -> None:
    from pipeline.metadata.connection import without_password

    table = Table("setting", "value", "from", box=box.SIMPLE)
    for title, members in _groups():
        table.add_section()
        table.add_row(Text(title, style="bold"))
        for name in members:
            value = getattr(settings, name)
            shown = without_password(value) if name == "metadata" and value else value
            table.add_row(name, Text(_words(shown), overflow="fold"), origins[name])
    Console(highlight=False).print(table)


def _words(value: object) -> str:
    if value is None or value == ():
        return "-"
    return " ".join(value) if isinstance(value, tuple) else str(value)
