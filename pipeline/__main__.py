"""The command line: `python -m pipeline`, or `fashion-mnist` once installed."""

import sys

try:
    import click

    from pipeline.commands.annotate import annotate
    from pipeline.commands.beam_workers import beam_workers
    from pipeline.commands.called import CONTEXT_SETTINGS
    from pipeline.commands.collect_garbage import gc
    from pipeline.commands.compare import compare
    from pipeline.commands.data import data
    from pipeline.commands.init import init
    from pipeline.commands.kubeflow import kubeflow
    from pipeline.commands.lineage import lineage
    from pipeline.commands.list_versions import versions
    from pipeline.commands.metrics import metrics
    from pipeline.commands.predict import predict
    from pipeline.commands.release import canary, pin, promote, rollback, unpin
    from pipeline.commands.report import report
    from pipeline.commands.run import run
    from pipeline.commands.runs import runs
    from pipeline.commands.score import score
    from pipeline.commands.show import show
    from pipeline.commands.tensorboard import tensorboard
except KeyboardInterrupt:  # Ctrl-C so early that no command can answer it
    sys.exit("Aborted!")


class _OrderedGroup(click.Group):
    """A group that lists its commands in the order in which people need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of the commands in the order of their registration."""
        return list(self.commands)


@click.group(cls=_OrderedGroup, context_settings=CONTEXT_SETTINGS)
@click.version_option(package_name="fashion-mnist-tfx", prog_name="fashion-mnist")
def main() -> None:
    """Train, evaluate and serve an image classifier, and explain every run."""


for command in (
    init,
    data,
    run,
    runs,
    show,
    compare,
    report,
    annotate,
    lineage,
    predict,
    score,
    versions,
    promote,
    canary,
    rollback,
    pin,
    unpin,
    metrics,
    tensorboard,
    gc,
    kubeflow,
    beam_workers,
):
    main.add_command(command)
    if command is compare:
        # What two runs differ in is what `diff` says elsewhere.
        main.add_command(compare, "diff")

if __name__ == "__main__":
    main(prog_name="python -m pipeline")
