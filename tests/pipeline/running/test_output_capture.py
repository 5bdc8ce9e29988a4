import os
import subprocess
import sys

import pytest

from pipeline.running.output_capture import capture_stderr

# TensorFlow sets absl's level and sets it back whenever it saves a model.
LOGS = """
from absl import logging
from pipeline.running.output_capture import enable_library_logs

enable_library_logs()
level = logging.get_verbosity()
logging.set_verbosity(logging.FATAL)
logging.set_verbosity(level)
logging.info("after a model was saved")
"""


def test_standard_error_of_every_library_goes_to_the_file_and_comes_back(
    tmp_path, capfd
):
    log_file = tmp_path / "run.log"
    with capture_stderr(log_file):
        os.write(2, b"from C++\n")
    os.write(2, b"after\n")
    assert log_file.read_text() == "from C++\n"
    assert capfd.readouterr().err == "after\n"


@pytest.mark.parametrize("error", [KeyError("missing"), KeyboardInterrupt("missing")])
def test_a_traceback_is_kept_in_the_file(tmp_path, error):
    log_file = tmp_path / "run.log"
    with pytest.raises(type(error)), capture_stderr(log_file):
        raise error
    last_line = log_file.read_text().splitlines()[-1]
    assert last_line.startswith(type(error).__name__)
    assert "missing" in last_line


def test_disabled_it_leaves_standard_error_alone(tmp_path, capfd):
    with capture_stderr(tmp_path / "run.log", enabled=False):
        os.write(2, b"shown\n")
    assert capfd.readouterr().err == "shown\n"


def test_absl_logs_on_after_tensorflow_has_set_its_level_back():
    result = subprocess.run(
        [sys.executable, "-c", LOGS], capture_output=True, text=True, check=True
    )
    assert "after a model was saved" in result.stderr
