import os

import pytest

from pipeline.running.output_capture import capture_stderr


def test_standard_error_of_every_library_goes_to_the_file_and_comes_back(
    tmp_path, capfd
):
    log_file = tmp_path / "run.log"
    with capture_stderr(log_file):
        os.write(2, b"from C++\n")
    os.write(2, b"after\n")
    assert log_file.read_text() == "from C++\n"
    assert capfd.readouterr().err == "after\n"


def test_a_traceback_is_kept_in_the_file(tmp_path):
    log_file = tmp_path / "run.log"
    with pytest.raises(KeyError), capture_stderr(log_file):
        raise KeyError("missing")
    assert "KeyError: 'missing'" in log_file.read_text()


def test_disabled_it_leaves_standard_error_alone(tmp_path, capfd):
    with capture_stderr(tmp_path / "run.log", enabled=False):
        os.write(2, b"shown\n")
    assert capfd.readouterr().err == "shown\n"
