"""Measures whole processes in turns, so that other load affects all of them alike."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from components.machine import name_processor, read_cpu_info
from pipeline.running.supervision import peak_memory_bytes
from pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
ROUNDS = 3
# Characters at the end of a failed process's errors that are shown.
_LOG_END = 2000
# Linux's names of instructions on vectors and matrices, the widest first.
_WIDEST = (("amx_tile", "AMX"), ("avx512f", "AVX-512"), ("avx2", "AVX2"))

DATA_NODES = (
    "ImageExampleGen",
    "CuratedSchema",
    "StatisticsGen",
    "ExampleValidator",
    "AnomalyGate",
    "Transform",
)
"""The nodes before the Trainer."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Timing:
    """Time, memory and output of a process.

    Attributes:
        seconds: Time from its start to its exit.
        first_line_seconds: Time from its start to its first line of output, or to its
            exit if it printed nothing.
        processor_seconds: Processor time of the process and its children.
        peak_bytes: Peak of resident memory, of the process or of one of its children.
        output: Its standard output.
    """

    seconds: float
    first_line_seconds: float
    processor_seconds: float
    peak_bytes: int
    output: str


def time_python(
    *arguments: object, codes: Sequence[int] = (0,), python: str = sys.executable
) -> Timing:
    """Runs Python in the root of the repository and measures the process.

    Args:
        *arguments: Arguments after `python` on the command line.
        codes: Exit codes that mean success.
        python: The Python to run; the one of this process by default.

    Returns:
        The measurements.

    Raises:
        RuntimeError: If the process failed. The message has the end of its errors, or
            of its output if it printed no errors.
    """
    command = [python, *map(str, arguments)]
    started = time.perf_counter()
    with (
        # A file, not a pipe, which would have to be read while the process runs.
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        lines = []
        first_seconds = None
        for line in process.stdout or ():
            if first_seconds is None:
                first_seconds = time.perf_counter() - started
            lines.append(line)
        # Unlike `wait`, this returns the memory of this process only.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        errors.seek(0)
        log = errors.read().decode(errors="replace").strip()
    output = "".join(lines)
    if process.returncode not in codes:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}: "
            f"{(log or output)[-_LOG_END:]}"
        )
    peak = peak_memory_bytes(usage.ru_maxrss)
    processor_seconds = usage.ru_utime + usage.ru_stime
    return Timing(seconds, first_seconds or seconds, processor_seconds, peak, output)


def last_json(*arguments: object, python: str = sys.executable) -> Figures:
    """Runs a script and reads the JSON of its last line.

    Args:
        *arguments: The script and its arguments.
        python: The Python to run; the one of this process by default.

    Returns:
        The numbers that the script printed, by their names.
    """
    return json.loads(time_python(*arguments, python=python).output.splitlines()[-1])


def run_nodes(
    settings: Settings, run_id: str, *node_ids: str, cores: int | None = None
) -> dict[str, dict[str, Any]]:
    """Runs nodes together in a new process.

    Args:
        settings: Settings of the run.
        run_id: Identifier of the run.
        *node_ids: Names of the nodes, in order.
        cores: How many cores the process may use; all by default.

    Returns:
        What `benchmarks/stage.py` prints for each node, by its name.
    """
    timing = time_python(
        "-m", "benchmarks.stage", *node_ids,
        "--run-id", run_id, "--settings", settings.model_dump_json(),
        *(("--cores", cores) if cores else ()),
    )  # fmt: skip
    lines = [json.loads(line) for line in timing.output.splitlines()]
    return {figures["node"]: figures for figures in lines}


def in_turns(
    cases: Mapping[str, Callable[[], Figures]], rounds: int = ROUNDS
) -> dict[str, Figures]:
    """Runs all cases once in each round, and returns medians.

    Args:
        cases: Functions to run, by name; each returns numbers by name.
        rounds: How often to run each.

    Returns:
        The medians of the numbers, by case.
    """
    console = Console(stderr=True)
    measured: dict[str, list[Figures]] = {name: [] for name in cases}
    for number in range(1, rounds + 1):
        # Every second round is reversed, so that no case always comes first.
        names = list(cases) if number % 2 else list(reversed(cases))
        for name in names:
            with console.status(f"Round {number} of {rounds}: {name}"):
                figures = cases[name]()
            measured[name].append(figures)
            console.print(f"Round {number} of {rounds}: {name}: {figures}")
    return {
        name: {
            figure: median(each[figure] for each in figures) for figure in figures[0]
        }
        for name, figures in measured.items()
    }


def row(
    title: str, against: str, goal: str, measured: str, met: bool, **details: Any
) -> dict[str, Any]:
    """Makes one row of the table in `docs/performance.md`.

    Args:
        title: What was measured.
        against: What it is compared with.
        goal: The goal, in words.
        measured: The result, in words.
        met: Whether the goal was reached.
        **details: The numbers behind the result.

    Returns:
        The row, for `benchmarks.result_file.record`.
    """
    return {
        "row": {
            "title": title,
            "against": against,
            "goal": goal,
            "measured": measured,
            "met": met,
            "processor": _describe_processor(),
        },
        **details,
    }


def _describe_processor() -> str:
    """Names the processor and its widest instructions, on which most figures depend."""
    name = name_processor()
    flags = read_cpu_info().get("flags", "").split()
    widest = next((title for flag, title in _WIDEST if flag in flags), "")
    return f"{name}, {widest}" if widest else name
