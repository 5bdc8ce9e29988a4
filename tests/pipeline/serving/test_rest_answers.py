"""REST answers of the stand-in, and of a real TensorFlow Serving if there is one."""

import os

import pytest
import requests

MODEL = "/v1/models/fashion_mnist"
REAL_SERVER = "FASHION_MNIST_TFSERVING_REST"
CLASSES = {"signature_name": "class_names", "instances": [1, 8]}

# Method, path and body of a request, and what the server answers.
ANSWERS = {
    "class names": ("POST", f"{MODEL}:predict", CLASSES, 200),
    "metadata": ("GET", f"{MODEL}/metadata", None, 200),
    "metadata of no such model": ("GET", "/v1/models/cats/metadata", None, 404),
    "metadata of no such version": ("GET", f"{MODEL}/versions/5/metadata", None, 404),
    "metadata by POST": ("POST", f"{MODEL}/metadata", {}, 400),
    "prediction by GET": ("GET", f"{MODEL}:predict", None, 400),
    "no such signature": (
        "POST",
        f"{MODEL}:predict",
        {"signature_name": "names", "instances": [1]},
        400,
    ),
}


@pytest.fixture(
    params=["stand-in", pytest.param("real", marks=pytest.mark.tfserving)],
)
def address(request, server):
    if request.param == "stand-in":
        return server.rest
    if REAL_SERVER not in os.environ:
        pytest.skip(
            f"{REAL_SERVER} is not set; it names a running TensorFlow Serving that "
            f"serves this pipeline's model as fashion_mnist"
        )
    return os.environ[REAL_SERVER]


def send(address, method, path, body=None):
    return requests.request(method, f"{address}{path}", json=body, timeout=30)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_status_is_that_of_the_table(address, name):
    method, path, body, status = ANSWERS[name]
    answer = send(address, method, path, body)
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status != 200)


def test_a_signature_with_one_output_gives_a_plain_list(address):
    answer = send(address, "POST", f"{MODEL}:predict", CLASSES)
    assert answer.json() == {"predictions": ["Trouser", "Bag"]}


def test_metadata_have_the_documented_form(address):
    answer = send(address, "GET", f"{MODEL}/metadata").json()
    assert set(answer) == {"model_spec", "metadata"}
    assert answer["model_spec"]["name"] == "fashion_mnist"
    assert answer["model_spec"]["version"].isdecimal()
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert {"predict_images", "predict_png", "class_names"} < set(signatures)
    images = signatures["predict_images"]["inputs"]["images"]
    assert images["dtype"] == "DT_UINT8"
    assert images["tensor_shape"] == {
        "dim": [{"size": size, "name": ""} for size in ("-1", "28", "28")],
        "unknown_rank": False,
    }
