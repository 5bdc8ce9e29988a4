import base64
import json

import numpy as np
import pytest
import tensorflow as tf

from pipeline.scoring.request_log import read_requests
from pipeline.serving.labelled_images import LabelledImage, encode_pixels

PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8)
PNG = encode_pixels(PIXELS, "").encoded
PREDICT = "/v1/models/fashion_mnist:predict"


def in_base64(data):
    return {"b64": base64.b64encode(data).decode()}


def an_example():
    example = tf.train.Example()
    example.features.feature["image"].bytes_list.value.append(PNG)
    return example.SerializeToString()


BODIES = {
    "files": {"signature_name": "predict_png", "instances": [in_base64(PNG)] * 2},
    "named files": {
        "signature_name": "predict_png",
        "instances": [{"png": in_base64(PNG)}] * 2,
    },
    "a column of files": {
        "signature_name": "predict_png",
        "inputs": {"png": [in_base64(PNG)] * 2},
    },
    "pixels": {
        "signature_name": "predict_images",
        "instances": [PIXELS.tolist(), (PIXELS.astype(int) + 256).tolist()],
    },
    "a column of pixels": {
        "signature_name": "predict_images",
        "inputs": [PIXELS.tolist()] * 2,
    },
    "examples": {"instances": [in_base64(an_example())] * 2},
}


def line(body, uri=PREDICT):
    text = body if isinstance(body, str) else json.dumps(body)
    return json.dumps({"time": "2026-11-26", "uri": uri, "request_body": text})


def read(tmp_path, *lines, end="\n"):
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(lines) + end)
    return path, list(read_requests(path))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_images_are_read_in_whatever_way_they_were_sent(tmp_path, body):
    path, found = read(tmp_path, line(body))
    assert [each.title for each in found] == [f"{path}:1#0", f"{path}:1#1"]
    for each in found:
        assert np.array_equal(each.pixels_of(1), PIXELS)


def test_what_asks_for_no_prediction_is_passed_over(tmp_path):
    _, found = read(
        tmp_path,
        line("", "/v1/models/fashion_mnist/metadata"),
        "",
        line({"signature_name": "class_names", "instances": [0, 1, 2]}),
        line({"signature_name": "class_names", "inputs": {"class_ids": [0, 1]}}),
        line(BODIES["files"], f"{PREDICT}?a=1"),
        line(BODIES["files"], "/v1/models/fashion_mnist/labels/stable:predict"),
    )
    assert len(found) == 4
    assert all(isinstance(each, LabelledImage) for each in found)


def test_a_line_that_is_still_written_is_left_for_the_next_time(tmp_path):
    _, found = read(tmp_path, line(BODIES["files"]), line(BODIES["files"]), end="")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no JSON", "is no JSON object with request_body"),
        ("[1]", "is no JSON object with request_body"),
        ("{}", "is no JSON object with request_body"),
        (line("-"), "has no complete body"),
        (line('{"instances": [{"b6'), "has no complete body"),
        (line("[1]"), "has no complete body"),
        ("[" * 200_000, "is no JSON object with request_body"),
        (line('{"instances":' + "[" * 200_000), "has no complete body"),
        (line({"inputs": 3}), "has no complete body"),
        (line({"instances": [{"b64": "?"}]}), "it isn't base64"),
        (line({"instances": [in_base64(b"\xff")]}), "it is no tf.Example"),
        (line({"instances": [in_base64(b"")]}), "a tf.Example without image"),
        (line({"instances": [7]}), "holds no image"),
        (
            line({"signature_name": "predict_images", "instances": [[[0.5]]]}),
            "its pixels are no whole numbers",
        ),
        (
            line({"signature_name": "predict_images", "instances": [[1]]}),
            "must be a uint8 array",
        ),
        (
            line({"signature_name": "predict_images", "instances": [[[1], [1, 2]]]}),
            "holds no image",
        ),
    ],
)
def test_what_holds_no_image_says_so_and_ends_nothing(tmp_path, text, reason):
    _, found = read(tmp_path, text, line(BODIES["files"]))
    assert reason in found[0].reason
    assert [isinstance(each, LabelledImage) for each in found] == [False, True, True]
