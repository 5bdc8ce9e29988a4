"""Writes the benchmarks' results into the pages, between two marks on each page.

The results are in `benchmarks/results.json` and `benchmarks/seeds.json`.
"""

from statistics import mean
from typing import Any

from benchmarks import scaling_costs
from benchmarks.growth import NODES
from benchmarks.measure import ROOT
from benchmarks.result_file import read, read_seeds

ROWS = (
    "cold_run", "epoch", "torch_epoch", "peak", "mixed_bfloat16", "data_stages",
    "core_use", "start", "cached_run", "growth", "png_folders", "photo_folders",
    "latency", "throughput", "metadata_commands", "score_rate", "score_memory",
    "step_costs",
)  # fmt: skip


def main() -> None:
    """Updates all pages."""
    for page, text in render().items():
        (ROOT / page).write_text(text)


def render() -> dict[str, str]:
    """Renders the pages with the recorded results.

    Returns:
        The text of each page, by its path.
    """
    results = read()
    parts = {
        "README.md": _seeds(read_seeds(), results["cold_run"]),
        "docs/performance.md": _rows(results),
        "docs/scaling.md": scaling_costs.render(results),
        "docs/watching.md": drift_table(results["drift"]),
    }
    return {
        page: _fill((ROOT / page).read_text(), part) for page, part in parts.items()
    }


def drift_table(figures: dict[str, Any]) -> str:
    """Renders how far clean and disturbed images are from the training images.

    Args:
        figures: What `benchmarks/drift.py` recorded.

    Returns:
        A table.
    """
    clean = f"{figures['samples']} clean samples, the largest distances of all"
    lines = [
        "| images | verdict | furthest features, with their distances |",
        "|---|---|---|",
        f"| {clean} | {figures['clean_verdict']} | "
        f"{_furthest(figures['largest_clean_distances'])} |",
        *(
            f"| {name} | {each['verdict']} | {_furthest(each['distances'])} |"
            for name, each in figures["disturbed"].items()
        ),
    ]
    return "\n".join(lines)


def _furthest(distances: dict[str, float]) -> str:
    ranked = sorted(distances.items(), key=lambda each: -each[1])[:3]
    return ", ".join(f"{name} {distance:.2f}" for name, distance in ranked)


def _fill(page: str, part: str) -> str:
    begin, end = "<!-- measured -->", "<!-- /measured -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def _seeds(seeds: list[dict[str, Any]], cold_run: dict[str, Any]) -> str:
    titles = {
        "pipeline_accuracy": "pipeline",
        "mixed_bfloat16_accuracy": "pipeline, `--precision mixed_bfloat16`",
        "plain_accuracy": "plain Keras script",
    }
    names = [name for name in titles if name in seeds[0]]
    means = {
        "seed": "mean",
        **{name: mean(row[name] for row in seeds) for name in names},
    }
    lines = [
        f"| test accuracy, seed | {' | '.join(titles[name] for name in names)} |",
        "|---" * (len(names) + 1) + "|",
        *(
            f"| {row['seed']} | {' | '.join(f'{row[name]:.4f}' for name in names)} |"
            for row in [*seeds, means]
        ),
    ]
    seconds = cold_run["pipeline_seconds"]
    ratio = seconds / cold_run["plain_seconds"]
    lines += [
        "",
        f"From start to exit, all stages took {ratio:.2f} times as long as that",
        f"script, which only trains: {seconds:.0f} s on 2 cores",
        "([performance](docs/performance.md)).",
    ]
    return "\n".join(lines)


def _rows(results: dict[str, Any]) -> str:
    lines = [
        "| what | against | goal | measured | met | processor |",
        "|---|---|---|---|---|---|",
    ]
    for name in ROWS:
        if name in results:
            row = results[name]["row"]
            met = "yes" if row["met"] else "no"
            cells = (
                row["title"], row["against"], row["goal"], row["measured"], met,
                row["processor"],
            )  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_growth(results["growth"]["stages"])])


def _growth(stages: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    factors = list(next(iter(stages.values())))
    return [
        f"| stage | {' | '.join(f'{factor}x' for factor in factors)} |",
        "|---" * (len(factors) + 1) + "|",
        *(
            f"| {node_id} | "
            + " | ".join(
                f"{stages[node_id][factor]['seconds']:.1f} s, "
                f"{stages[node_id][factor]['peak_mebibytes']:,} MiB"
                for factor in factors
            )
            + " |"
            for node_id in NODES
        ),
    ]


if __name__ == "__main__":
    main()
