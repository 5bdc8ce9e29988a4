"""Keeps what benchmarks measure in `results.json` and `seeds.json`, beside this."""

import json
from pathlib import Path
from typing import Any

RESULTS_FILE = Path(__file__).with_name("results.json")
SEEDS_FILE = Path(__file__).with_name("seeds.json")


def record(name: str, figures: dict[str, Any]) -> None:
    """Puts the figures of one benchmark in place of its earlier ones.

    Args:
        name: Name of the benchmark.
        figures: What it measured, as JSON values; seconds and bytes in their names.
    """
    results = read()
    results[name] = figures
    RESULTS_FILE.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")


def read() -> dict[str, Any]:
    """Reads the figures of all benchmarks, by their names."""
    if not RESULTS_FILE.exists():
        return {}
    return json.loads(RESULTS_FILE.read_text())


def record_seeds(rows: list[dict[str, float]]) -> None:
    """Puts the accuracies of a training with each seed in place of the earlier ones.

    Args:
        rows: For each seed, `seed` and the accuracies by their names.
    """
    SEEDS_FILE.write_text(json.dumps(rows, indent=2) + "\n")


def read_seeds() -> list[dict[str, float]]:
    """Reads the accuracies of a training with each seed."""
    return json.loads(SEEDS_FILE.read_text())
