"""Reads images from requests that a proxy before TensorFlow Serving has kept.

Each line is a JSON object; its `request_body` is the body of a REST request, as it was
sent (https://www.tensorflow.org/tfx/serving/api_rest, Predict API).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from components import features
from components.errors import InputError
from components.image_files.image_file import to_printable
from components.served_model.signatures import (
    CLASS_NAMES,
    INPUT_NAMES,
    PREDICT_IMAGES,
    SERVING_DEFAULT,
)
from pipeline.serving.labelled_images import (
    LabelledImage,
    Unclassified,
    encode_pixels,
)

BODY = "request_body"
"""Key of a request's body in a line."""

_ASKS_FOR_CLASSES = ":predict"
# Of JSON that isn't what a request should be. Python refuses deep nesting by a
# RecursionError.
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def read_requests(
    path: Path, title: str = ""
) -> Iterator[LabelledImage | Unclassified]:
    """Reads the images of all requests in a file.

    Requests that ask for no prediction of images are passed over. A body that was cut,
    because it was larger than the proxy keeps, has an entry that says so.

    Args:
        path: The file.
        title: Name of the file for the user; its path by default.

    Yields:
        Each image; its title has the line and its place in the request.
    """
    title = title or to_printable(str(path))
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            # What the proxy hasn't written completely yet has no end of line.
            if line.endswith(b"\n") and line.strip():
                yield from _read_line(line, f"{title}:{number}")


def _read_line(line: bytes, title: str) -> Iterator[LabelledImage | Unclassified]:
    try:
        entry = json.loads(line)
        body, uri = entry[BODY], str(entry.get("uri", _ASKS_FOR_CLASSES))
    except _FAULTS:
        yield Unclassified(title, f"is no JSON object with {BODY}", title)
        return
    if not uri.partition("?")[0].endswith(_ASKS_FOR_CLASSES):
        return
    try:
        request = json.loads(body)
        signature = request.get("signature_name") or SERVING_DEFAULT
        if signature == CLASS_NAMES:
            return
        instances = _instances(request, INPUT_NAMES.get(signature, ""))
    except _FAULTS:
        yield Unclassified(
            title, "has no complete body; it may be larger than what is kept", title
        )
        return
    for at, instance in enumerate(instances):
        name = f"{title}#{at}"
        try:
            yield LabelledImage(name, _encoded(instance, signature))
        except (InputError, ValueError, TypeError, KeyError, OverflowError) as error:
            reason = to_printable(str(error)) or type(error).__name__
            yield Unclassified(name, f"holds no image: {reason}", name)


def _instances(request: dict[str, Any], input_name: str) -> list[Any]:
    """Returns the images of a request, in the row format or in the column format."""
    if "instances" in request:
        values = request["instances"]
    else:
        values = request["inputs"]
        if isinstance(values, dict) and input_name in values:
            values = values[input_name]
    return [
        each[input_name] if isinstance(each, dict) and input_name in each else each
        for each in values
    ]


def _encoded(instance: Any, signature: str) -> bytes:
    """Returns the bytes of an image that a request sent in one of the ways."""
    if signature == PREDICT_IMAGES:
        return encode_pixels(_pixels(instance), "").encoded
    try:
        value = base64.b64decode(instance["b64"], validate=True)
    except binascii.Error as error:
        raise ValueError(f"it isn't base64 ({error})") from error
    if signature != SERVING_DEFAULT:
        return value
    try:
        example = tf.train.Example.FromString(value)
    except Exception as error:  # protobuf's implementations raise different ones
        raise ValueError("it is no tf.Example") from error
    images = example.features.feature[features.IMAGE].bytes_list.value
    if not images:
        raise ValueError(f"it is a tf.Example without {features.IMAGE}")
    return bytes(images[0])


def _pixels(instance: Any) -> np.ndarray:
    numbers = np.asarray(instance)
    if numbers.dtype.kind not in "iu":
        raise ValueError("its pixels are no whole numbers")
    # As the server does: 256 becomes 0, and -1 becomes 255.
    return numbers.astype(np.uint8)
