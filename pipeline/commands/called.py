"""Defines the class of all commands, whose help shows them as they were called."""

from typing import Any

import click

CONTEXT_SETTINGS = {
    "show_default": True,
    "max_content_width": 100,
    "help_option_names": ["-h", "--help"],
}
_COMMAND = "{command}"


class CalledCommand(click.Command):
    """A command that replaces `{command}` in its help by how it was called.

    For example, that is `fashion-mnist runs`, `python -m pipeline runs` or
    `python local_runner.py`.
    """

    def __init__(self, **attributes: Any):
        """Constructs the command; `click.command` gives the attributes."""
        super().__init__(context_settings=CONTEXT_SETTINGS, **attributes)

    def format_help_text(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Writes the help text after the replacement."""
        template = self.help
        self.help = (template or "").replace(_COMMAND, ctx.command_path)
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = template
