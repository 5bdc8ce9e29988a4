"""Imports everything that the steps import: `python -m pipeline.kubeflow.image_check`.

The build of the image ends with this check. It fails if the image lacks something.
"""

import importlib
import pkgutil

import click

import components
from pipeline.settings import Settings


@click.command()
def check() -> None:
    """Import the code of every component, and compile the pipeline."""
    # Comes first, because TFDV and TFMA can't be imported before TFX.
    from pipeline.running.launcher import upstream_nodes

    for module in pkgutil.walk_packages(components.__path__, "components."):
        importlib.import_module(module.name)
    click.echo(f"The image runs {', '.join(upstream_nodes(Settings()))}.")


if __name__ == "__main__":
    check(prog_name="python -m pipeline.kubeflow.image_check")
