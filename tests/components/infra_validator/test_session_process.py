import io

import numpy as np
import pytest
from PIL import Image

from components.errors import InputError
from components.infra_validator import session_process
from components.infra_validator.model_calls import read_signatures
from components.infra_validator.session_process import Call, ask_in_fresh_process
from components.served_model.signatures import PREDICT_PNG


def test_a_process_that_can_not_start_tensorflow_is_no_fault_of_the_model(
    exported, tmp_path, monkeypatch
):
    monkeypatch.setattr(session_process, "_library", lambda: tmp_path / "no.so")
    with pytest.raises(InputError, match=r"ended with 'OSError: .*no\.so.*'; free"):
        ask_in_fresh_process(exported.folder, {}, [], memory_mb=2048, seconds=60)


def test_only_the_first_sentence_of_an_error_is_told():
    message = "Key a/b not found. Make sure\n\t [[{{node x}}]]"
    assert session_process._shorten(message) == "Key a/b not found"


def test_what_is_asked_does_not_count_as_memory_of_the_model(exported):
    file = io.BytesIO()
    Image.new("L", (28, 28)).save(file, "PNG")
    # A decoder ignores what follows the image.
    png = file.getvalue() + bytes(2**21)
    calls = [
        Call("a request", PREDICT_PNG, {"png": np.array([png], object)})
        for _ in range(150)
    ]
    report = ask_in_fresh_process(
        exported.folder, read_signatures(exported.folder), calls, 512, seconds=120
    )
    assert report.fault is None
    assert len(report.answers) == len(calls)
