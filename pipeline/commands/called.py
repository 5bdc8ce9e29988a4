"""Defines a command whose help shows examples in the form in which it was called."""

import click

_COMMAND = "{command}"


class CalledCommand(click.Command):
    """A command that replaces `{command}` in its help by how it was called.

    For example, that is `fashion-mnist runs`, `python -m pipeline runs` or
    `python local_runner.py`.
    """

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
