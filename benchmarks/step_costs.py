"""Measures what a step on Kubeflow adds beside the work of its stages.

A step whose stages have succeeded does all the rest again: it imports, compiles the
pipeline, opens ML Metadata, and finds that there is nothing to do. All of that happens
on one core, so the processor's time is what it takes on an idle machine. What
Kubernetes adds for each pod isn't in it.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import in_turns, row, time_python
from benchmarks.result_file import record
from pipeline.kubeflow.deployment import Deployment
from pipeline.kubeflow.shared_pods import pods_of
from pipeline.kubeflow.step import METADATA_VARIABLE
from pipeline.running.launcher import upstream_nodes
from pipeline.settings import Settings

GOAL_SECONDS = 6.0
# The processor's time hardly depends on what else the machine does.
ROUNDS = 1


def main() -> None:
    """Runs the benchmark and records its result."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(
            output=scratch, max_examples=2000, epochs=1, min_accuracy=0.1
        )
        os.environ[METADATA_VARIABLE] = str(Path(scratch, "metadata.sqlite"))
        upstream = upstream_nodes(settings)
        shapes = {
            "shared": pods_of(upstream, Deployment().resources),
            "separate": pods_of(upstream, upstream),
        }

        def seconds(pod: Sequence[str]) -> float:
            nodes = [argument for node_id in pod for argument in ("--node", node_id)]
            return time_python(
                "-m", "pipeline.kubeflow.step", *nodes, "--run-id", "1",
                "--settings", settings.model_dump_json(exclude_none=True),
            ).processor_seconds  # fmt: skip

        for pod in shapes["shared"]:
            seconds(pod)  # does the work
        medians = in_turns(
            {
                shape: lambda pods=pods: {", ".join(pod): seconds(pod) for pod in pods}
                for shape, pods in shapes.items()
            },
            ROUNDS,
        )
    a_stage = {shape: sum(medians[shape].values()) / len(upstream) for shape in medians}
    record(
        "step_costs",
        row(
            "Processor time that a stage on Kubeflow adds to its work, mostly imports",
            f"a pod for each stage: {a_stage['separate']:.1f} s",
            f"at most {GOAL_SECONDS:g} s",
            f"{a_stage['shared']:.1f} s, with {len(shapes['shared'])} pods a run",
            a_stage["shared"] <= GOAL_SECONDS,
            rounds=ROUNDS,
            seconds_a_stage={shape: round(each, 2) for shape, each in a_stage.items()},
            seconds_of_pods={
                shape: {pod: round(each, 2) for pod, each in pods.items()}
                for shape, pods in medians.items()
            },
        ),
    )


if __name__ == "__main__":
    main()
