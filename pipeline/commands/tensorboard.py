"""The command that shows the training curves of all runs in TensorBoard."""

import subprocess
import sys
import tempfile
from pathlib import Path

import click

from components.errors import InputError
from pipeline.commands.called import CalledCommand
from pipeline.commands.options import (
    metadata_options,
    opened_store,
    require_local_output,
)
from pipeline.settings import Settings

# Characters of a run's name that TensorBoard shows; each has up to four bytes.
_LONGEST = 60


@click.command(cls=CalledCommand)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=6006,
    help="Port to listen on; 0 for any free one.",
)
@metadata_options
def tensorboard(port: int, settings: Settings, debug: bool) -> None:
    """Start TensorBoard with the training logs of all runs, under their names.

    It listens on this machine alone, until Ctrl-C. A run whose Trainer was cached has
    the curves of the run that trained.
    """
    with opened_store(settings, debug) as store:
        require_local_output(settings)
        from pipeline.metadata.output_place import output_place
        from pipeline.metadata.run_names import shorten_ids
        from pipeline.metadata.run_reader import load_runs

        runs = load_runs(store, output_place(settings))
        short_ids = shorten_ids(run.run_id for run in runs)
        folders = {}
        for run in runs:
            artifact = run.output("Trainer", "model_run")
            if artifact and Path(artifact.uri).is_dir():
                name = " ".join(filter(None, (short_ids[run.run_id], run.facts.name)))
                folders[name.replace("/", "-")] = artifact.uri
        if not folders:
            raise InputError(
                f"TensorBoard needs a run that trained; no run in {settings.root} has "
                f"training logs; run the pipeline first, or name another --output."
            )
    # TensorBoard names runs by their folders. These links give them readable names.
    with tempfile.TemporaryDirectory() as links:
        for name, folder in folders.items():
            # Cut, since the name of a file has at most 255 bytes.
            link = Path(links, name[:_LONGEST])
            link.symlink_to(folder, target_is_directory=True)
        command = [sys.executable, "-m", "tensorboard.main", f"--logdir={links}"]
        try:
            finished = subprocess.run([*command, f"--port={port}", "--load_fast=false"])
        except KeyboardInterrupt:
            return
    sys.exit(finished.returncode)
