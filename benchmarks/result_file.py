"""Reads and writes the benchmarks' results, `results.json` and `seeds.json`."""

import json
from pathlib import Path
from typing import Any

RESULTS_FILE = Path(__file__).with_name("results.json")
SEEDS_FILE = Path(__file__).with_name("seeds.json")


def record(name: str, figures: dict[str, Any]) -> None:
    """Replaces the results of one benchmark.

    Args:
        name: Name of the benchmark.
        figures: Its results, as JSON values. Their names contain their units.
    """
    results = read()
    results[name] = figures
    RESULTS_FILE.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")


def read() -> dict[str, Any]:
    """Reads the results of all benchmarks, by their names."""
    if not RESULTS_FILE.exists():
        return {}
    return json.loads(RESULTS_FILE.read_text())


def record_seeds(rows: list[dict[str, float]]) -> None:
    """Replaces the accuracies of the trainings with several seeds.

    Args:
        rows: For each seed: `seed`, and the accuracies by their names.
    """
    SEEDS_FILE.write_text(json.dumps(rows, indent=2) + "\n")


def read_seeds() -> list[dict[str, float]]:
    """Reads the accuracies of the trainings with several seeds."""
    return json.loads(SEEDS_FILE.read_text())
