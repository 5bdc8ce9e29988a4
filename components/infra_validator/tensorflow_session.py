"""Loads a SavedModel through TensorFlow's C API, and asks it: a program of its own.

`TF_LoadSessionFromSavedModel` runs the loader that TensorFlow Serving runs. It restores
the variables by the graph's own restore operation, under the names that the graph has.
`tf.saved_model.load` finds them under other names too (docs/decisions.md). A process
with this library alone knows no operations that only Python's TensorFlow has.

The program uses nothing but Python's standard library and TensorFlow's shared one. It
is started with `python -I -S`, so that no other package can be imported. Its one
argument is a JSON file:

    {"library": FILE, "model": FOLDER, "memory_bytes": N,
     "calls": [{"inputs": {TENSOR: {"dtype": N, "shape": [...], "data": BASE64}
                           or {"shape": [...], "strings": [BASE64, ...]}},
                "outputs": [TENSOR, ...], "repeat": N, "seconds": S}, ...]}

It prints a JSON object in a line for each thing that it did: `{"loaded": SECONDS}`, for
each call `{"seconds": [...], "outputs": {TENSOR: {"shape": [...], "values": [...]}}}`,
and `{"error": MESSAGE, "code": N}` for the error of TensorFlow's that ended it.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import sys
import threading
import time
from array import array
from collections.abc import Mapping
from typing import Any

# Numbers of tensorflow/c/tf_datatype.h, with the letter of Python's `array`.
_FORMATS = {1: "f", 2: "d", 3: "i", 4: "B", 9: "q"}
_STRING = 7
# Bytes of a TF_TString (tensorflow/core/platform/ctstring_internal.h).
_STRING_BYTES = 24
# Each thread reserves 8 MiB for its stack, which it hardly uses. TensorFlow makes two
# pools with a thread for each processor.
_STACKS_BYTES_FOR_PROCESSOR = 2 * 8 * 2**20

_pointer = ctypes.c_void_p
_TYPES = {
    "p": _pointer,
    "s": ctypes.c_char_p,
    "i": ctypes.c_int,
    "l": ctypes.c_int64,
    "z": ctypes.c_size_t,
}
# The functions used of tensorflow/c/c_api.h, each with the types of its result and of
# its parameters.
_FUNCTIONS = {
    "TF_NewStatus": ("p", ""),
    "TF_GetCode": ("i", "p"),
    "TF_Message": ("s", "p"),
    "TF_NewGraph": ("p", ""),
    "TF_NewSessionOptions": ("p", ""),
    "TF_LoadSessionFromSavedModel": ("p", "ppspippp"),
    "TF_GraphOperationByName": ("p", "ps"),
    "TF_SessionRun": ("", "ppppippipipp"),
    "TF_AllocateTensor": ("p", "ipiz"),
    "TF_DeleteTensor": ("", "p"),
    "TF_TensorType": ("i", "p"),
    "TF_NumDims": ("i", "p"),
    "TF_Dim": ("l", "pi"),
    "TF_TensorByteSize": ("z", "p"),
    "TF_TensorData": ("p", "p"),
    "TF_StringInit": ("", "p"),
    "TF_StringCopy": ("", "psz"),
    "TF_StringGetDataPointer": ("p", "p"),
    "TF_StringGetSize": ("z", "p"),
}


class _Output(ctypes.Structure):
    """`TF_Output`: one of the tensors that an operation makes."""

    _fields_ = [("operation", _pointer), ("index", ctypes.c_int)]


class TensorFlowError(Exception):
    """An error that TensorFlow reported, with its code."""

    def __init__(self, message: str, code: int):
        super().__init__(message)
        self.code = code


class Session:
    """A SavedModel, loaded with the tag `serve`."""

    def __init__(self, library: str, model_dir: str):
        """Loads the model.

        Args:
            library: File of TensorFlow's shared library.
            model_dir: Folder of the SavedModel.

        Raises:
            TensorFlowError: If TensorFlow doesn't load it.
        """
        self._api = _declared(ctypes.CDLL(library))
        self._status = self._api.TF_NewStatus()
        self._graph = self._api.TF_NewGraph()
        self._session = self._api.TF_LoadSessionFromSavedModel(
            self._api.TF_NewSessionOptions(),
            None,
            os.fsencode(model_dir),
            (ctypes.c_char_p * 1)(b"serve"),
            1,
            self._graph,
            None,
            self._status,
        )
        self._check()

    def ask(self, call: Mapping[str, Any]) -> tuple[dict[str, Any], list[float]]:
        """Asks the model, and repeats the request as often as the call says.

        Args:
            call: Tensors to feed and to compute, and how often; at least once, and not
                again when the given seconds have gone by.

        Returns:
            The computed tensors by name, and how many seconds each request took.

        Raises:
            TensorFlowError: If TensorFlow can't compute them.
        """
        names = call["outputs"]
        # Made once, since TensorFlow doesn't free the strings in a tensor.
        fed = [self._tensor(each) for each in call["inputs"].values()]
        fetched = (_pointer * len(names))()
        arguments = (
            self._session,
            None,
            (_Output * len(fed))(*map(self._output, call["inputs"])),
            (_pointer * len(fed))(*fed),
            len(fed),
            (_Output * len(names))(*map(self._output, names)),
            fetched,
            len(names),
            None,
            0,
            None,
            self._status,
        )
        outputs: dict[str, Any] = {}
        seconds: list[float] = []
        end = time.perf_counter() + call["seconds"]
        while not seconds or (
            len(seconds) < call["repeat"] and time.perf_counter() < end
        ):
            started = time.perf_counter()
            self._api.TF_SessionRun(*arguments)
            seconds.append(time.perf_counter() - started)
            self._check()
            if not outputs:
                outputs = dict(zip(names, map(self._read, fetched), strict=True))
            for tensor in fetched:
                self._api.TF_DeleteTensor(tensor)
        return outputs, seconds

    def _check(self) -> None:
        code = self._api.TF_GetCode(self._status)
        if code:
            message = self._api.TF_Message(self._status).decode(errors="replace")
            raise TensorFlowError(message, code)

    def _output(self, tensor_name: str) -> _Output:
        name, _, index = tensor_name.partition(":")
        operation = self._api.TF_GraphOperationByName(self._graph, name.encode())
        if not operation:
            raise TensorFlowError(f"The graph has no operation {name}", 5)
        return _Output(operation, int(index or 0))

    def _tensor(self, value: Mapping[str, Any]) -> Any:
        strings = [base64.b64decode(each) for each in value.get("strings", ())]
        data = base64.b64decode(value.get("data", ""))
        size = len(strings) * _STRING_BYTES if "strings" in value else len(data)
        shape = value["shape"]
        tensor = self._api.TF_AllocateTensor(
            value.get("dtype", _STRING),
            (ctypes.c_int64 * len(shape))(*shape),
            len(shape),
            size,
        )
        start = self._api.TF_TensorData(tensor)
        ctypes.memmove(start, data, len(data))
        for place, string in enumerate(strings):
            self._api.TF_StringInit(start + place * _STRING_BYTES)
            self._api.TF_StringCopy(start + place * _STRING_BYTES, string, len(string))
        return tensor

    def _read(self, tensor: Any) -> dict[str, Any]:
        api = self._api
        shape = [api.TF_Dim(tensor, axis) for axis in range(api.TF_NumDims(tensor))]
        size, start = api.TF_TensorByteSize(tensor), api.TF_TensorData(tensor)
        dtype = api.TF_TensorType(tensor)
        values: list[Any]
        if dtype == _STRING:
            places = range(start, start + size, _STRING_BYTES)
            values = [
                ctypes.string_at(
                    api.TF_StringGetDataPointer(place), api.TF_StringGetSize(place)
                ).decode(errors="replace")
                for place in places
            ]
        else:
            values = array(_FORMATS[dtype], ctypes.string_at(start, size)).tolist()
        return {"shape": shape, "values": values}


def _declared(api: Any) -> Any:
    """Declares the functions; ctypes takes all parameters and results for ints."""
    for name, (result, parameters) in _FUNCTIONS.items():
        function = getattr(api, name)
        function.restype = _TYPES[result] if result else None
        function.argtypes = [_TYPES[each] for each in parameters]
    return api


def _end_with_parent() -> None:
    """Ends this process when the one that started it has ended, however that was."""
    os.read(0, 1)  # nothing is written to this pipe; it is closed
    os._exit(1)


def _limit_memory(count: int) -> None:
    # What the process may write to, without the code of the libraries. Linux holds to
    # it; other systems may not.
    limit = count + (os.cpu_count() or 1) * _STACKS_BYTES_FOR_PROCESSOR
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _report(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def main(job_file: str) -> None:
    """Does what a file asks for, and prints how it went."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with open(job_file, encoding="utf-8") as file:  # noqa: PTH123 (no imports more)
        job = json.load(file)
        # The requests take memory too, as they are read and as TensorFlow gets them.
        requests_bytes = 2 * os.fstat(file.fileno()).st_size
    _limit_memory(job["memory_bytes"] + requests_bytes)
    try:
        started = time.perf_counter()
        session = Session(job["library"], job["model"])
        _report(loaded=time.perf_counter() - started)
        for call in job["calls"]:
            outputs, seconds = session.ask(call)
            _report(outputs=outputs, seconds=seconds)
    except TensorFlowError as error:
        _report(error=str(error), code=error.code)
    except MemoryError:
        _report(error="out of memory", code=8)


if __name__ == "__main__":
    main(sys.argv[1])
