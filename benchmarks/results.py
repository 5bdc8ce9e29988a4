"""Keeps what benchmarks measure in `benchmarks/results.json`."""

import json
from pathlib import Path
from typing import Any

RESULTS_FILE = Path(__file__).with_name("results.json")


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
