"""Makes an environment with PyTorch, which this project itself doesn't need."""

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import ROOT

_FOLDER = ROOT / "build" / "torch"


def make_torch_environment() -> str:
    """Makes the environment if it isn't there yet: 3 GB to download, 5 GB on disk.

    Returns:
        The path of its Python.
    """
    python = _FOLDER / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if not python.exists():
        subprocess.run(
            [uv, "venv", "--quiet", "--python", sys.executable, _FOLDER], check=True
        )
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, "torch", "numpy"],
        check=True,
    )
    return str(python)
