import pytest

from components.errors import InputError
from components.infra_validator import session_process
from components.infra_validator.session_process import ask_in_fresh_process


def test_a_process_that_can_not_start_tensorflow_is_no_fault_of_the_model(
    exported, tmp_path, monkeypatch
):
    monkeypatch.setattr(session_process, "_library", lambda: tmp_path / "no.so")
    with pytest.raises(InputError, match=r"ended with 'OSError: .*no\.so.*'; free"):
        ask_in_fresh_process(exported.folder, {}, [], memory_mb=2048, seconds=60)


def test_only_the_first_sentence_of_an_error_is_told():
    message = "Key a/b not found. Make sure\n\t [[{{node x}}]]"
    assert session_process._shorten(message) == "Key a/b not found"
