"""The command `run`, knowing the synthetic data sets too.

`python -m tests.support.synthetic_runner --dataset tiny_fashion:1.0.0`, from the root.
"""

from pipeline.commands.run import run
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)

if __name__ == "__main__":
    run()
