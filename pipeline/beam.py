"""Makes the arguments of Beam, which decide where the Beam stages run.

The stages that Beam runs are ImageExampleGen, StatisticsGen, Transform and Evaluator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# With this option, TFX doesn't build a package of itself for remote workers. They don't
# need one: this project and its environment are installed wherever a stage runs.
_INSTALLED = "--sdk_container_image=local"

# Building a pipeline takes half the time without Beam's check of element types. Nearly
# all of the transforms are TFX's, whose types are right.
_UNCHECKED = "--no_pipeline_type_check"

DIRECT_ARGS = ("--runner=FnApiRunner", _INSTALLED, _UNCHECKED)
"""Beam in this process. Beam's DirectRunner would first try to download an engine."""

# Each of the engine's workers uses Python workers on its own machine. They stay alive
# between the stages of a job, because a start includes importing TensorFlow.
_WORKER_POOL = {
    "environment_type": "EXTERNAL",
    "environment_config": "localhost:50000",
    "environment_cache_millis": "600000",
}


@dataclass(frozen=True)
class Runner:
    """The options with which Beam uses an engine.

    Attributes:
        args: Options that select the engine. A given option of the same name replaces
            one of these.
        defaults: Options of the engine's workers. They can be replaced too.
        required: Groups of options; one option of each group must be given.
    """

    args: tuple[str, ...]
    defaults: dict[str, str]
    required: tuple[tuple[str, ...], ...] = ()


RUNNERS = {
    "direct": Runner(DIRECT_ARGS, {}),
    "flink": Runner(
        ("--runner=FlinkRunner", _INSTALLED),
        _WORKER_POOL,
        (("flink_master", "job_endpoint"),),
    ),
    "spark": Runner(
        ("--runner=SparkRunner", _INSTALLED),
        _WORKER_POOL,
        (("spark_master_url", "job_endpoint"),),
    ),
    "dataflow": Runner(
        ("--runner=DataflowRunner",),
        {},
        (("project",), ("region",), ("temp_location",), ("sdk_container_image",)),
    ),
}


def beam_args(
    runner: str, options: Sequence[str], node_id: str | None = None
) -> list[str]:
    """Makes the Beam arguments of a stage.

    Args:
        runner: One of `RUNNERS`.
        options: Beam's options: `--name=value` for every stage, or
            `NODE:--name=value` for one, which replaces the other.
        node_id: Name of the stage; if None, options of single stages are left out.

    Returns:
        The arguments.

    Raises:
        ValueError: If an option is malformed, or one that the engine needs is
            missing.

    Example:
        >>> workers = "--direct_num_workers"
        >>> beam_args("direct", [f"{workers}=1", f"Trainer:{workers}=2"])[-1]
        '--direct_num_workers=1'
    """
    common, of_node = [], []
    for option in options:
        node, separator, rest = option.partition(":--")
        if option.startswith("--") and len(option) > len("--"):
            common.append(option)
        elif separator and node.isidentifier() and rest:
            if node == node_id:
                of_node.append(f"--{rest}")
        else:
            raise ValueError(
                f"An option of Beam must be --NAME=VALUE, or NODE:--NAME=VALUE for one "
                f"stage; received {option!r}; write it in one of these forms."
            )
    replaced = set(map(_name, of_node))
    given = [option for option in common if _name(option) not in replaced] + of_node
    names = set(map(_name, given))
    engine = RUNNERS[runner]
    for alternatives in engine.required:
        if names.isdisjoint(alternatives):
            needed = " or ".join(f"--{name}=..." for name in alternatives)
            raise ValueError(
                f"The Beam runner {runner!r} needs {needed}; received "
                f"{', '.join(given) or 'no options'}; give it with --beam-arg."
            )
    defaults = [
        f"--{name}={value}"
        for name, value in engine.defaults.items()
        if name not in names
    ]
    if "runner" in names:
        # Another engine chooses its coders by the types.
        names.add(_name(_UNCHECKED))
    fixed = [arg for arg in engine.args if _name(arg) not in names]
    return [*fixed, *defaults, *given]


def _name(option: str) -> str:
    return option.removeprefix("--").partition("=")[0]
