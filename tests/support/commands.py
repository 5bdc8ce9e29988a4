"""The commands of a group."""

from collections.abc import Iterator

import click


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple]:
    """Yields the words by which each command is called, those of groups too."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from leaves(each, (*path, name))
    else:
        yield path
