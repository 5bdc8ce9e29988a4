"""Commands whose help shows examples as the user called them."""

import click

_COMMAND = "{command}"


class CalledCommand(click.Command):
    """A command whose help may hold `{command}`, for the words by which it was called.

    These are `fashion-mnist runs`, `python -m pipeline runs` or
    `python local_runner.py`, for example.
    """

    def format_help_text(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Writes the help with the words in place."""
        template = self.help
        self.help = (template or "").replace(_COMMAND, ctx.command_path)
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = template
