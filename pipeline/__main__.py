"""The command line: `python -m pipeline`, or `fashion-mnist` once installed."""

import click

from pipeline.commands.predict import predict
from pipeline.commands.run import run


@click.group()
def main() -> None:
    """Train, judge and serve an image classifier."""


main.add_command(predict)
main.add_command(run)

if __name__ == "__main__":
    main(prog_name="python -m pipeline")
