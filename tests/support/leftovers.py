"""A pytest plugin that shows what tests leave in the folder for temporary files."""

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest

# tensorflow-datasets makes a folder for each builder and removes none. Beam makes one
# for each pipeline, and removes those of pipelines that were run.
_LEFT_EMPTY = ("tmp*tfds", "beam-pipeline-temp*")
# What TensorFlow and components/source_files remove when the process ends.
_REMOVED_AT_EXIT = ("__autograph_generated_file*.py", "source-files-*")


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(request, tmp_path_factory):
    """Gives all tests a folder for temporary files, which they must leave empty."""
    # Asked for first, so that pytest's own folder is elsewhere: it keeps what failed
    # tests wrote. Of a run that passed it keeps an empty folder, which goes too.
    of_pytest = tmp_path_factory.getbasetemp().parent
    request.config.add_cleanup(lambda: _remove_if_empty(of_pytest))
    with (
        tempfile.TemporaryDirectory(prefix="tests-") as name,
        pytest.MonkeyPatch.context() as patch,
    ):
        folder = Path(name)
        # The users of containers and of PostgreSQL must get through.
        folder.chmod(0o711)
        patch.setenv("TMPDIR", name)
        patch.setattr(tempfile, "tempdir", name)
        yield folder
        for pattern in _LEFT_EMPTY:
            for empty in folder.glob(pattern):
                empty.rmdir()
        # Bytecode of what TensorFlow generated, unless Python is told to write none.
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        left = sorted(
            path.name
            for path in folder.iterdir()
            if not any(path.match(pattern) for pattern in _REMOVED_AT_EXIT)
        )
        assert not left, f"Tests left files in the temporary folder: {left}"


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
