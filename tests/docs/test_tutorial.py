"""The tutorial: what it shows is what its cells give."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = DOCS / "tutorial.ipynb"
IMAGES = ("ankle-boot.png", "boot-on-white.jpg")


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds_of_results(notebook):
    """Returns the MIME types that each cell shows besides text that it prints."""
    return [
        {
            kind
            for output in cell.outputs
            if output.output_type != "stream"
            for kind in output.data
        }
        for cell in code_cells(notebook)
    ]


def errors(notebook):
    return [
        output
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def test_it_has_its_results_in_the_order_of_its_cells(notebook):
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    assert errors(notebook) == []
    results = kinds_of_results(notebook)
    # Runs, models and predictions show themselves.
    assert sum("text/html" in kinds for kinds in results) >= 5


def test_its_results_name_no_path_of_a_machine(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            text = str(output.get("text", "")) + str(output.get("data", ""))
            text = re.sub(r"data:image/png;base64,[\w+/=]*", "", text)
            assert not re.search(r"(?<![\w.])/(tmp|home|root|work|usr)/", text)


@pytest.mark.slow
def test_every_cell_runs_and_gives_results_of_the_same_kind(
    notebook, tmp_path, monkeypatch
):
    for name in IMAGES:
        shutil.copy(DOCS / name, tmp_path)
    expected = kinds_of_results(notebook)
    asked = [cell for cell in notebook.cells if re.search(r"(?m)^!", cell.source)]
    assert asked
    for cell in asked:
        # IPython goes on after a command that failed.
        cell.source += "\nassert _exit_code == 0"
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    client = NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    assert errors(notebook) == []
    assert kinds_of_results(notebook) == expected
    (html,) = (
        output.data["text/html"]
        for cell in code_cells(notebook)
        if "boot-on-white" in cell.source
        for output in cell.outputs
    )
    assert "inverted (its background is bright" in html
    assert len(list((tmp_path / "trial" / "reports").glob("2*.html"))) == 2
