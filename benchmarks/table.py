"""Renders the table in `docs/performance.md` from `benchmarks/results.json`."""

from typing import Any

from benchmarks.growth import NODES
from benchmarks.measure import ROOT
from benchmarks.results import read

PAGE = ROOT / "docs" / "performance.md"
ROWS = (
    "cold_run", "epoch", "peak", "mixed_bfloat16", "data_stages", "start", "cached_run",
    "growth", "latency", "throughput", "metadata_commands",
)  # fmt: skip
_BEGIN, _END = "<!-- table -->", "<!-- /table -->"


def main() -> None:
    """Puts the table between its two marks on the page."""
    page = PAGE.read_text()
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n\n{render(read())}\n{_END}{after}")


def render(results: dict[str, Any]) -> str:
    """Returns the tables in Markdown, of those benchmarks that have been run.

    Args:
        results: What `benchmarks.results.read` returns.
    """
    lines = [
        "| what | against | goal | measured | met |",
        "|---|---|---|---|---|",
    ]
    for name in ROWS:
        if name in results:
            row = results[name]["row"]
            cells = (row["title"], row["against"], row["goal"], row["measured"])
            lines.append(f"| {' | '.join(cells)} | {'yes' if row['met'] else 'no'} |")
    if "growth" in results:
        lines += ["", *_growth(results["growth"]["stages"])]
    return "\n".join([*lines, ""])


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
