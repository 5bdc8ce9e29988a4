"""The pipeline: its settings, its graph, its launcher and what explains its runs.

From Python, `from pipeline import Settings, run, runs, load_model, predict` is all that
is needed; `pipeline/api.py` describes these. They are imported when they are used, so
`import pipeline` takes no time.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.api import Settings, load_model, predict, run, runs

__all__ = ["Settings", "load_model", "predict", "run", "runs"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module("pipeline.api"), name)
