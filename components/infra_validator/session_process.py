"""Runs a model in a fresh process, with limits of time and memory.

TensorFlow is imported only for calls, so that it takes a second to find out whether a
model loads.
"""

from __future__ import annotations

import base64
import errno
import importlib.util
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from components.errors import InputError

if TYPE_CHECKING:
    from tensorflow.core.protobuf import meta_graph_pb2

_PROGRAM = Path(__file__).with_name("tensorflow_session.py")
_RESOURCE_EXHAUSTED = 8  # of TensorFlow's error codes
# The end of what TensorFlow wrote, of which the log gets no more.
_LOG_BYTES = 10_000
_MESSAGE_CHARACTERS = 300
# What C++ writes when it ends a process that got no memory.
_ALLOCATION_FAILED = "std::bad_alloc"


@dataclass(frozen=True)
class Call:
    """A request to the model.

    Attributes:
        title: What it asks for, in the words of a sentence about it.
        signature: Name of the signature.
        inputs: Value of each input of the signature, by its name.
        repeat: How often to send it.
        seconds: When to stop to repeat it, at the latest.
    """

    title: str
    signature: str
    inputs: Mapping[str, np.ndarray]
    repeat: int = 1
    seconds: float = 0.0


@dataclass(frozen=True)
class Answer:
    """The answer to a call.

    Attributes:
        outputs: Value of each output of the signature, by its name. Strings are str.
        seconds: How long each repetition took.
    """

    outputs: Mapping[str, np.ndarray]
    seconds: Sequence[float]


@dataclass(frozen=True)
class Report:
    """What a process did.

    Attributes:
        load_seconds: How long the model took to load; None if it didn't load.
        answers: Answers to the first calls; to all if there is no fault.
        fault: Why the process didn't load the model, or didn't answer the next call;
            None if it answered all.
    """

    load_seconds: float | None = None
    answers: Sequence[Answer] = field(default_factory=list)
    fault: str | None = None


def ask_in_fresh_process(
    model_dir: str,
    signatures: Mapping[str, meta_graph_pb2.SignatureDef],
    calls: Sequence[Call],
    memory_mb: int,
    seconds: float,
) -> Report:
    """Loads a model with TensorFlow's C++ loader, and asks it.

    Args:
        model_dir: Folder of the SavedModel.
        signatures: Its signatures by name, as they are in `saved_model.pb`.
        calls: The requests.
        memory_mb: Memory that the process may use, in MiB.
        seconds: How long it may take.

    Returns:
        What the process did until it ended, or was ended.

    Raises:
        InputError: If the process failed for another reason than the model.
    """
    job = {
        "library": str(_library()),
        "model": model_dir,
        "memory_bytes": memory_mb * 2**20,
        "calls": [_encode(call, signatures[call.signature]) for call in calls],
    }
    with tempfile.TemporaryDirectory() as folder:
        job_file, printed, log = (
            Path(folder, name) for name in ("job.json", "printed", "log")
        )
        job_file.write_text(json.dumps(job))
        status = _run(job_file, printed, log, seconds)
        # A process that was ended may have begun a line.
        lines = [
            json.loads(line)
            for line in printed.read_text().splitlines(keepends=True)
            if line.endswith("\n")
        ]
        written = log.read_bytes()[-_LOG_BYTES:].decode(errors="replace")
    error = next((line for line in lines if "error" in line), None)
    load_seconds = lines[0].get("loaded") if lines else None
    answers = [
        _decode(line, signatures[call.signature])
        for call, line in zip(calls, lines[1:], strict=False)
        if "outputs" in line
    ]
    if load_seconds is not None and len(answers) == len(calls):
        return Report(load_seconds, answers)
    logging.warning("The process that asked the model wrote:\n%s", written)
    doing = "load the model"
    if load_seconds is not None:
        doing = f"answer {calls[len(answers)].title}"
    exhausted = error is not None and error["code"] == _RESOURCE_EXHAUSTED
    if status is None:
        fault = f"it took more than {seconds:g} s to {doing}"
    elif exhausted or _ALLOCATION_FAILED in written:
        fault = f"the {memory_mb} MiB of --max-memory-mb are too little to {doing}"
    elif error is not None:
        fault = f"TensorFlow can't {doing}: {_shorten(error['error'])}"
    elif status < 0:
        name = signal.Signals(-status).name
        fault = f"{name} ended the process that had to {doing}"
    else:
        reason = written.strip().rpartition("\n")[2]
        if f"[Errno {errno.ENOSPC}]" in reason:
            # As if this process had met it, so that the user reads the same sentence.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise InputError(
            f"TensorFlow must load in a process of its own to check a model; that "
            f"process ended with {reason!r}; free memory and disk, and run again."
        )
    return Report(load_seconds, answers, fault)


def _run(job_file: Path, printed: Path, log: Path, seconds: float) -> int | None:
    """Runs the program; returns how it ended, or None if its time was up."""
    with (
        printed.open("wb") as output,
        log.open("wb") as errors,
        subprocess.Popen(
            # Without the project's packages, and without any other.
            [sys.executable, "-I", "-S", str(_PROGRAM), str(job_file)],
            # The program ends when this process has ended, which closes the pipe.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            cwd=job_file.parent,
            # The server in deploy/ computes on processors.
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        ) as process,
    ):
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()


def _library() -> Path:
    package = importlib.util.find_spec("tensorflow")  # which imports nothing
    folders = package.submodule_search_locations if package else None
    (library,) = (
        file
        for folder in folders or ()
        # libtensorflow_cc.so.2 on Linux, libtensorflow_cc.2.dylib on macOS
        for file in Path(folder).glob("libtensorflow_cc.*")
    )
    return library


def _encode(call: Call, signature: meta_graph_pb2.SignatureDef) -> dict[str, Any]:
    """Makes a call as the program takes it, with the names of tensors in the graph."""
    return {
        "inputs": {
            signature.inputs[name].name: _encode_tensor(np.asarray(value))
            for name, value in call.inputs.items()
        },
        "outputs": [info.name for _, info in sorted(signature.outputs.items())],
        "repeat": call.repeat,
        "seconds": call.seconds,
    }


def _encode_tensor(value: np.ndarray) -> dict[str, Any]:
    if value.dtype == object:
        strings = [base64.b64encode(each).decode() for each in value.ravel()]
        return {"shape": value.shape, "strings": strings}
    import tensorflow as tf

    return {
        "shape": value.shape,
        "dtype": tf.as_dtype(value.dtype).as_datatype_enum,
        "data": base64.b64encode(value.tobytes()).decode(),
    }


def _decode(line: Mapping[str, Any], signature: meta_graph_pb2.SignatureDef) -> Answer:
    names = sorted(signature.outputs)
    values = {
        name: np.array(each["values"]).reshape(each["shape"])
        for name, each in line["outputs"].items()
    }
    return Answer(
        {name: values[signature.outputs[name].name] for name in names},
        line["seconds"],
    )


def _shorten(message: str) -> str:
    """Returns the first sentence of an error; the others are about TensorFlow."""
    text = message.partition("\n")[0].partition(". ")[0].strip().rstrip(".")
    return textwrap.shorten(text, _MESSAGE_CHARACTERS, placeholder=" ...")
