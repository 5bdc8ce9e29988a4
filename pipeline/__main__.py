"""The command line: `python -m pipeline`, or `fashion-mnist` once installed."""

import sys

try:
    import click

    from pipeline.commands.beam_workers import beam_workers
    from pipeline.commands.collect_garbage import gc
    from pipeline.commands.data import data
    from pipeline.commands.diff import diff
    from pipeline.commands.init import init
    from pipeline.commands.kubeflow import kubeflow
    from pipeline.commands.lineage import lineage
    from pipeline.commands.list_versions import versions
    from pipeline.commands.predict import predict
    from pipeline.commands.release import canary, pin, promote, rollback, unpin
    from pipeline.commands.report import report
    from pipeline.commands.run import run
    from pipeline.commands.runs import runs
    from pipeline.commands.show import show
except KeyboardInterrupt:  # Ctrl-C so early that no command can answer it
    sys.exit("Aborted!")


@click.group()
def main() -> None:
    """Train, evaluate and serve an image classifier, and explain every run."""


for command in (
    beam_workers,
    canary,
    data,
    diff,
    gc,
    init,
    kubeflow,
    lineage,
    pin,
    predict,
    promote,
    report,
    rollback,
    run,
    runs,
    show,
    unpin,
    versions,
):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m pipeline")
