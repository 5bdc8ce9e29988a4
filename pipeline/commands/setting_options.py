"""Creates the command line options of all settings from the fields of `Settings`."""

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
"""With a setting's name in capitals after it, this names an environment variable."""

_GIVEN = "command line"
_ORIGINS = {
    ParameterSource.COMMANDLINE: _GIVEN,
    ParameterSource.ENVIRONMENT: "environment",
}


def setting_options(
    *names: str, **other_help: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the options of settings, and `--config`, to a command.

    A value on the command line replaces one from the environment; that one replaces a
    value from the file, and that one the default. The command receives the resulting
    `Settings` as its argument `settings`.

    Args:
        *names: Settings that get an option. Without names, all settings get one, and
            the command gets `--show-settings`.
        **other_help: Settings that only say whose model is meant, and get an option
            with this help. On the command line, they count before a pipeline's name
            from elsewhere.

    Returns:
        A decorator for the command's function.
    """
    shown = {*names, *other_help}
    chosen = [
        (title, [name for name in members if name in shown or not shown])
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
            settings, origins = _resolve_settings(context, given, config)
            if origins["pipeline_name"] != _GIVEN and any(
                origins[name] == _GIVEN for name in other_help
            ):
                # The set that is named in the command is meant.
                settings = settings.model_copy(update={"pipeline_name": None})
            if show_settings:
                _print_settings(settings, origins)
                context.exit()
            return function(settings=settings, **values)

        decorated: Callable[..., Any] = with_settings
        if not shown:
            decorated = click.option(
                "--show-settings",
                is_flag=True,
                help="Print every setting and where it comes from, and run nothing.",
            )(decorated)
        decorated = click.option(
            "--config",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            envvar=f"{ENVIRONMENT_PREFIX}CONFIG",
            help="YAML file of settings, for example 'epochs: 3'. Options and "
            "environment variables (FASHION_MNIST_EPOCHS) replace its values.",
        )(decorated)
        for title, members in reversed(chosen):
            group = OptionGroup(title) if not shown else click
            for name in reversed(members):
                decorated = _make_option(group, name, other_help.get(name))(decorated)
        return decorated

    return decorate


def settings_of(context: click.Context) -> Settings:
    """Returns the settings of a command that hasn't started, as for a completion.

    Args:
        context: The command with the options that were given.

    Returns:
        The settings; those for which the command has no option have their defaults.

    Raises:
        click.UsageError: If a value is wrong.
    """
    given = {k: v for k, v in context.params.items() if k in Settings.model_fields}
    return _resolve_settings(context, given, context.params.get("config"))[0]


def validate_settings(
    values: Mapping[str, Any], origins: Mapping[str, str] | None = None
) -> Settings:
    """Creates settings from values, and reports wrong ones as click does.

    Args:
        values: Values of settings, by name.
        origins: How an error refers to a setting that didn't come from its option, by
            name.

    Returns:
        The settings.

    Raises:
        click.UsageError: If a value is out of range; the command ends with code 2.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise click.UsageError(
            "; ".join(_describe_error(each, origins or {}) for each in error.errors())
        ) from error


def _groups() -> list[tuple[str, list[str]]]:
    """Returns the title and the settings' names of each class that defines settings."""
    groups = []
    for kind in [*reversed(Settings.__bases__), Settings]:
        title = (kind.__doc__ or "").partition(":")[0]
        own = [name for name in kind.__annotations__ if name in Settings.model_fields]
        groups.append((title, own))
    return groups


def _make_option(group: Any, name: str, text: str | None) -> Callable[..., Any]:
    field = Settings.model_fields[name]
    kind = plain_type(field.annotation)
    option = f"--{name.replace('_', '-')}"
    attributes: dict[str, Any] = {
        "default": field.default,
        "envvar": f"{ENVIRONMENT_PREFIX}{name.upper()}",
        "help": text or f"{field.description}{_format_bounds(field)}",
        # A help of its own is for an option that has no default in this command.
        "show_default": text is None,
    }
    extra = field.json_schema_extra
    if isinstance(extra, dict):
        attributes["metavar"] = extra.get("metavar")
    if choices := _choices(field.annotation):
        attributes["type"] = click.Choice(choices)
    elif kind is bool:
        option = f"{option}/--no-{name}"
    elif kind is tuple:
        # The option is given once for each value, so its name is the singular.
        option, attributes["multiple"] = option.removesuffix("s"), True
    elif extra == IS_FOLDER:
        attributes["type"] = FOLDER
    else:
        attributes["type"] = kind
    return group.option(option, name, **attributes)


def _choices(annotation: Any) -> tuple[str, ...]:
    """Returns the values of a `Literal`, which may be in a union with None."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next(filter(None, map(_choices, get_args(annotation))), ())


def _format_bounds(field: FieldInfo) -> str:
    """Formats the range of a number as click does: `  [1<=x<=9]`."""
    signs = {"ge": "<=", "gt": "<", "le": "<=", "lt": "<"}
    bounds = {
        key: getattr(each, key)
        for each in field.metadata
        for key in signs
        # Bounds that only keep numbers within 32 or 64 bits don't help a reader.
        if hasattr(each, key) and getattr(each, key) < 2**31
    }
    lower = [f"{bounds[key]}{signs[key]}" for key in ("ge", "gt") if key in bounds]
    upper = [f"{signs[key]}{bounds[key]}" for key in ("le", "lt") if key in bounds]
    if not lower and not upper:
        return ""
    return f"  [{''.join([*lower, 'x', *upper])}]"


def _resolve_settings(
    context: click.Context, given: Mapping[str, Any], config: Path | None
) -> tuple[Settings, dict[str, str]]:
    """Returns the settings, and where each comes from, by name."""
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
        if origin not in (_GIVEN, "default")
    }
    return validate_settings(values, called), origins


def _describe_error(error: ErrorDetails, origins: Mapping[str, str]) -> str:
    if not error["loc"]:
        # The error concerns several settings together, and names them.
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    called = origins.get(name, f"--{name.replace('_', '-')}")
    return f"{called}: {error['msg'].lower()}; received {error['input']!r}."


def _print_settings(settings: Settings, origins: Mapping[str, str]) -> None:
    from pipeline.metadata.connection import without_password

    table = Table("setting", "value", "from", box=box.SIMPLE)
    for title, members in _groups():
        table.add_section()
        table.add_row(Text(title, style="bold"))
        for name in members:
            value = getattr(settings, name)
            shown = without_password(value) if name == "metadata" and value else value
            table.add_row(
                name, Text(_format_value(shown), overflow="fold"), origins[name]
            )
    Console(highlight=False).print(table)


def _format_value(value: object) -> str:
    if value is None or value == ():
        return "-"
    return " ".join(value) if isinstance(value, tuple) else str(value)
