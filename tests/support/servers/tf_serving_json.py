"""The JSON bodies of the stand-in for TensorFlow Serving, read as the real one does."""

import base64
import binascii
import json

import grpc
import numpy as np
import tensorflow as tf

from tests.support.servers.tf_serving_model import RequestError

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)


def parse_body(content: bytes) -> dict:
    """Parses the body of a request for predictions."""
    try:
        body = json.loads(content)
    except ValueError as error:
        raise _invalid(f"JSON Parse error: {error}") from error
    if not isinstance(body, dict):
        raise _invalid(f"JSON Value: {content[:80].decode()} Is not object")
    if not isinstance(body.get("signature_name", ""), str):
        raise _invalid(
            "JSON Value: not formatted correctly. 'signature_name' key must be a "
            "string value."
        )
    return body


def read_inputs(body: dict, inputs) -> dict[str, np.ndarray]:
    """Reads the tensors of a body in its form of rows or of columns."""
    if "instances" in body and "inputs" in body:
        raise _invalid("Not formatted correctly expecting only one of 'inputs' or ...")
    if "instances" in body:
        rows = body["instances"]
        if not isinstance(rows, list):
            raise _invalid("Excepting 'instances' to be an list/array")
        if not rows:
            raise _invalid("No values in 'instances' array")
        return _read_rows(rows, inputs)
    if "inputs" not in body:
        raise _invalid("Missing 'inputs' or 'instances' key")
    columns = body["inputs"]
    if not isinstance(columns, dict) or _is_bytes(columns):
        if len(inputs) > 1:
            raise _invalid("inputs is a plain value/list, but expecting an object")
        columns = {next(iter(inputs)): columns}
    for name in inputs:
        if name not in columns:
            raise _invalid(f"Missing named input: {name} in 'inputs' object.")
    return {name: _tensor(columns[name], info) for name, info in inputs.items()}


def write_outputs(body: dict, outputs) -> dict[str, object]:
    """Writes the outputs in the form in which the inputs came."""
    values = {name: _as_json(name, value) for name, value in outputs.items()}
    (only, *others) = values
    if "inputs" in body:
        return {"outputs": values if others else values[only]}
    if not others:
        return {"predictions": values[only]}
    names, columns = list(values), values.values()
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return {"predictions": rows}


def _read_rows(rows: list, inputs) -> dict[str, np.ndarray]:
    named = isinstance(rows[0], dict) and not _is_bytes(rows[0])
    if not named and len(inputs) > 1:
        raise _invalid("instances is a plain list, but expecting list of objects")
    columns: dict[str, list] = {name: [] for name in inputs}
    for number, row in enumerate(rows):
        if named != (isinstance(row, dict) and not _is_bytes(row)):
            raise _invalid(f"Expecting object but got list at item {number}")
        values = row if named else {next(iter(inputs)): row}
        if set(values) != set(inputs):
            raise _invalid(
                f"Failed to process element: {number} of 'instances' list. JSON "
                f"object: keys must be equal to: {','.join(sorted(inputs))}"
            )
        for name, value in values.items():
            columns[name].append(value)
    return {name: _tensor(columns[name], info) for name, info in inputs.items()}


def _tensor(value: object, info) -> np.ndarray:
    dtype = tf.as_dtype(info.dtype)
    shape = _shape(value)
    flat = [_convert(each, dtype) for each in _flatten(value, shape)]
    if dtype == tf.string:
        array = np.empty(len(flat), object)
        array[:] = flat
        return array.reshape(shape)
    if dtype.is_integer:
        # As C++ converts: what is too large loses its upper bits without a word.
        return np.array(flat, np.int64).astype(dtype.as_numpy_dtype).reshape(shape)
    return np.array(flat, dtype.as_numpy_dtype).reshape(shape)


def _shape(value: object) -> list[int]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return shape


def _flatten(value: object, shape: list[int]) -> list[object]:
    if not isinstance(value, list):
        if shape:
            raise _invalid(f"JSON Value: {value!r} found at incorrect level")
        return [value]
    if not shape or len(value) != shape[0]:
        raise _invalid(f"Encountered list at unexpected size: {len(value)}")
    return [each for item in value for each in _flatten(item, shape[1:])]


def _convert(value: object, dtype: tf.DType) -> object:
    if dtype == tf.string:
        if isinstance(value, str):
            return value.encode()
        if _is_bytes(value):
            return _decode(value["b64"])
    elif isinstance(value, bool):
        if dtype == tf.bool:
            return value
    elif dtype.is_integer:
        bounds = _INT64 if dtype == tf.int64 else _INT32
        if isinstance(value, int) and value in bounds:
            return value
    elif dtype.is_floating and isinstance(value, int | float):
        return value
    raise _invalid(
        f"JSON Value: {value!r} Type: {type(value).__name__} is not of expected type: "
        f"{dtype.name}"
    )


def _is_bytes(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"b64"}
        and isinstance(value["b64"], str)
    )


def _decode(text: str) -> bytes:
    # The real server skips white space, and doesn't ask for the padding.
    bare = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid("Unable to base64 decode") from error


def _as_json(name: str, value: np.ndarray) -> object:
    if value.dtype != object:
        return value.tolist()
    as_bytes = name.endswith("_bytes")
    flat = [
        {"b64": base64.b64encode(each).decode()} if as_bytes else each.decode()
        for each in value.ravel()
    ]
    array = np.empty(len(flat), object)
    array[:] = flat
    return array.reshape(value.shape).tolist()


def _invalid(message: str) -> RequestError:
    return RequestError(grpc.StatusCode.INVALID_ARGUMENT, message)
