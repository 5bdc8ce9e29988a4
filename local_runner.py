"""Runs the pipeline on this machine: `python local_runner.py --help`."""

from pipeline.commands.run import run

if __name__ == "__main__":
    run(prog_name="python local_runner.py")
