"""Runs the pipeline on this machine: `python local_runner.py --help`."""

import sys

try:
    from pipeline.commands.run import run
except KeyboardInterrupt:  # Ctrl-C so early that no command can answer it
    sys.exit("Aborted!")

if __name__ == "__main__":
    run(prog_name="python local_runner.py")
