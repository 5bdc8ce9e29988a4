"""What a real TensorFlow Serving 2.19.1 answers to each request of a table.

The stand-in must give the same answers, so that a test with it shows something. With
FASHION_MNIST_TFSERVING_REST and FASHION_MNIST_TFSERVING_GRPC, the tables are put to the
real server which these name. It must serve a model of this pipeline as fashion_mnist,
with Fashion-MNIST's classes, and give the label `stable` to its newest version.
"""

import base64
import os

import grpc
import numpy as np
import pytest
import requests
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from components.served_model.signatures import INPUT_NAMES

MODEL = "/v1/models/fashion_mnist"
NO_VERSION = 5
REAL_SERVER = "FASHION_MNIST_TFSERVING_{}"
SERVERS = ["stand-in", pytest.param("real", marks=pytest.mark.tfserving)]

PNG = base64.b64encode(
    tf.io.encode_png(np.zeros((28, 28, 1), np.uint8)).numpy()
).decode()
NAMES = {"signature_name": "class_names", "instances": [1, 8]}


def of_png(*instances, **more):
    return {"signature_name": "predict_png", "instances": list(instances), **more}


def of_pixels(pixel):
    image = [[0] * 28 for _ in range(28)]
    image[3][4] = pixel
    return {"signature_name": "predict_images", "instances": [image]}


def of_class_names(**body):
    return {"signature_name": "class_names", **body}


# Method, path and body of a request, the status that it gets, and words of the error.
REST = {
    "a PNG": ("POST", f"{MODEL}:predict", of_png({"b64": PNG}), 200, None),
    "by the input's name": (
        "POST",
        f"{MODEL}:predict",
        of_png({"png": {"b64": PNG}}),
        200,
        None,
    ),
    "by a label": ("POST", f"{MODEL}/labels/stable:predict", NAMES, 200, None),
    "a path in capitals": (
        "POST",
        f"{MODEL}:PREDICT".replace("v1", "V1"),
        NAMES,
        200,
        None,
    ),
    "keys that mean nothing": (
        "POST",
        f"{MODEL}:predict",
        of_png({"b64": PNG}, colour="grey"),
        200,
        None,
    ),
    "base64 with line breaks": (
        "POST",
        f"{MODEL}:predict",
        of_png({"b64": PNG[:20] + "\n" + PNG[20:]}),
        200,
        None,
    ),
    "bad base64": ("POST", f"{MODEL}:predict", of_png({"b64": "%%%"}), 400, "base64"),
    "no image": (
        "POST",
        f"{MODEL}:predict",
        of_png({"b64": "bm8gaW1hZ2U="}),
        400,
        "An image must be PNG or JPEG bytes",
    ),
    "no such label": (
        "POST",
        f"{MODEL}/labels/nobody:predict",
        NAMES,
        400,
        "Unrecognized servable version label: nobody",
    ),
    "no such version": (
        "POST",
        f"{MODEL}/versions/{NO_VERSION}:predict",
        NAMES,
        404,
        "Servable not found for request",
    ),
    "no such model": ("POST", "/v1/models/cats:predict", NAMES, 404, "not found"),
    "no such signature": (
        "POST",
        f"{MODEL}:predict",
        {"signature_name": "names", "instances": [1]},
        400,
        'Serving signature name: "names" not found',
    ),
    "a signature that is a number": (
        "POST",
        f"{MODEL}:predict",
        {"signature_name": 1, "instances": [1]},
        400,
        "must be a string value",
    ),
    "whole numbers": ("POST", f"{MODEL}:predict", of_pixels(255), 200, None),
    "a number with a point": (
        "POST",
        f"{MODEL}:predict",
        of_pixels(0.0),
        400,
        "is not of expected type",
    ),
    "a truth value": (
        "POST",
        f"{MODEL}:predict",
        of_pixels(True),
        400,
        "is not of expected type",
    ),
    "256": ("POST", f"{MODEL}:predict", of_pixels(256), 200, None),
    "-1": ("POST", f"{MODEL}:predict", of_pixels(-1), 200, None),
    "rows of different lengths": (
        "POST",
        f"{MODEL}:predict",
        {"signature_name": "predict_images", "instances": [[[0, 0], [0]]]},
        400,
        "size",
    ),
    "columns": ("POST", f"{MODEL}:predict", of_class_names(inputs=[1, 8]), 200, None),
    "named columns": (
        "POST",
        f"{MODEL}:predict",
        of_class_names(inputs={"class_ids": [1, 8]}),
        200,
        None,
    ),
    "columns of another name": (
        "POST",
        f"{MODEL}:predict",
        of_class_names(inputs={"ids": [1, 8]}),
        400,
        "Missing named input: class_ids",
    ),
    "rows and columns": (
        "POST",
        f"{MODEL}:predict",
        of_class_names(inputs=[1], instances=[1]),
        400,
        "only one of",
    ),
    "neither": ("POST", f"{MODEL}:predict", of_class_names(), 400, "Missing 'inputs'"),
    "no rows": (
        "POST",
        f"{MODEL}:predict",
        of_class_names(instances=[]),
        400,
        "values",
    ),
    "a list": ("POST", f"{MODEL}:predict", [1], 400, "not object"),
    "prediction by GET": ("GET", f"{MODEL}:predict", None, 400, "Malformed request"),
    "status": ("GET", MODEL, None, 200, None),
    "status of a label": ("GET", f"{MODEL}/labels/stable", None, 200, None),
    "status of no such version": (
        "GET",
        f"{MODEL}/versions/{NO_VERSION}",
        None,
        404,
        "Could not find version",
    ),
    "status of no such model": (
        "GET",
        "/v1/models/cats",
        None,
        404,
        "Could not find any versions",
    ),
    "status by POST": ("POST", MODEL, {}, 400, "Malformed request"),
    "metadata": ("GET", f"{MODEL}/metadata", None, 200, None),
    "metadata of a label": ("GET", f"{MODEL}/labels/stable/metadata", None, 200, None),
    "metadata of no such model": ("GET", "/v1/models/cats/metadata", None, 404, "cats"),
    "metadata of no such version": (
        "GET",
        f"{MODEL}/versions/{NO_VERSION}/metadata",
        None,
        404,
        "not found",
    ),
    "metadata by POST": ("POST", f"{MODEL}/metadata", {}, 400, "Malformed request"),
}

IMAGES = np.zeros((1, 28, 28), np.uint8)

# What is asked for, the inputs, and the code of the answer.
GRPC = {
    "images": ({}, "predict_images", {"images": IMAGES}, "OK"),
    "by a label": (
        {"version_label": "stable"},
        "predict_images",
        {"images": IMAGES},
        "OK",
    ),
    "int32": (
        {},
        "predict_images",
        {"images": IMAGES.astype(np.int32)},
        "INVALID_ARGUMENT",
    ),
    "float32": (
        {},
        "predict_images",
        {"images": IMAGES.astype(np.float32)},
        "INVALID_ARGUMENT",
    ),
    "another input": ({}, "predict_images", {"pixels": IMAGES}, "INVALID_ARGUMENT"),
    "no input": ({}, "predict_images", {}, "INVALID_ARGUMENT"),
    "no such signature": ({}, "names", {"images": IMAGES}, "FAILED_PRECONDITION"),
    "no such version": (
        {"version": NO_VERSION},
        "predict_images",
        {"images": IMAGES},
        "NOT_FOUND",
    ),
    "no such label": (
        {"version_label": "nobody"},
        "predict_images",
        {"images": IMAGES},
        "INVALID_ARGUMENT",
    ),
    "no such model": (
        {"name": "cats"},
        "predict_images",
        {"images": IMAGES},
        "NOT_FOUND",
    ),
}


def address(protocol, kind, server):
    if kind == "stand-in":
        server.model.labels = {"stable": 7}
        return getattr(server, protocol)
    variable = REAL_SERVER.format(protocol.upper())
    if variable not in os.environ:
        pytest.skip(
            f"{variable} is not set; it names a running TensorFlow Serving that "
            f"serves this pipeline's model as fashion_mnist"
        )
    return os.environ[variable]


@pytest.fixture(params=SERVERS)
def send(request, server):
    rest = address("rest", request.param, server)

    def send(method, path, body=None):
        return requests.request(method, f"{rest}{path}", json=body, timeout=30)

    return send


@pytest.fixture(params=SERVERS)
def channel(request, server):
    target = address("grpc", request.param, server).removeprefix("grpc://")
    with grpc.insecure_channel(target) as channel:
        yield channel


@pytest.mark.parametrize("name", REST)
def test_a_rest_request_gets_the_status_and_the_words_of_the_table(send, name):
    method, path, body, status, words = REST[name]
    answer = send(method, path, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    if words is None:
        assert "error" not in answer.json()
    else:
        assert words in answer.json()["error"]


@pytest.mark.parametrize("name", GRPC)
def test_a_grpc_request_gets_the_code_of_the_table(channel, name):
    asked, signature, inputs, code = GRPC[name]
    request = predict_pb2.PredictRequest()
    request.model_spec.name = asked.get("name", "fashion_mnist")
    request.model_spec.signature_name = signature
    if "version" in asked:
        request.model_spec.version.value = asked["version"]
    if "version_label" in asked:
        request.model_spec.version_label = asked["version_label"]
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    if code == "OK":
        assert stub.Predict(request, timeout=30).outputs["class_id"].dtype
        return
    with pytest.raises(grpc.RpcError) as refused:
        stub.Predict(request, timeout=30)
    assert refused.value.code().name == code


def test_a_version_that_is_not_there_has_no_status_over_grpc(channel):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "fashion_mnist"
    request.model_spec.version.value = NO_VERSION
    with pytest.raises(grpc.RpcError) as refused:
        model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(
            request, timeout=30
        )
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_metadata_over_grpc_are_asked_for_by_their_field(channel):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = "fashion_mnist"
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetModelMetadata(request, timeout=30)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    request.metadata_field.append("signature_def")
    assert "signature_def" in stub.GetModelMetadata(request, timeout=30).metadata


@pytest.mark.parametrize(("pixel", "same_as"), [(256, 0), (-1, 255)])
def test_a_number_out_of_range_loses_its_upper_bits(send, pixel, same_as):
    answers = [
        send("POST", f"{MODEL}:predict", of_pixels(each)).json()["predictions"]
        for each in (pixel, same_as)
    ]
    np.testing.assert_allclose(
        *(answer[0]["probabilities"] for answer in answers), atol=1e-6
    )


def test_rows_and_columns_come_back_in_the_form_of_the_request(send):
    path = f"{MODEL}:predict"
    names = ["Trouser", "Bag"]
    assert send("POST", path, NAMES).json() == {"predictions": names}
    columns = send("POST", path, of_class_names(inputs=[1, 8]))
    assert columns.json() == {"outputs": names}
    body = {"signature_name": "predict_png", "inputs": [{"b64": PNG}]}
    outputs = send("POST", path, body).json()["outputs"]
    assert set(outputs) == {"class_id", "class_name", "probabilities"}
    assert np.shape(outputs["probabilities"]) == (1, 10)


def test_a_status_has_the_documented_form(send):
    (newest, *_) = send("GET", MODEL).json()["model_version_status"]
    assert newest["version"].isdecimal()
    assert newest["state"] == "AVAILABLE"
    assert newest["status"] == {"error_code": "OK", "error_message": ""}
    labelled = send("GET", f"{MODEL}/labels/stable").json()["model_version_status"]
    assert labelled == [newest]


def test_metadata_have_the_documented_form(send):
    answer = send("GET", f"{MODEL}/metadata").json()
    assert set(answer) == {"model_spec", "metadata"}
    assert answer["model_spec"]["name"] == "fashion_mnist"
    assert answer["model_spec"]["version"].isdecimal()
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert {*INPUT_NAMES, "class_names"} <= set(signatures)
    images = signatures["predict_images"]["inputs"]["images"]
    assert images["dtype"] == "DT_UINT8"
    assert images["tensor_shape"] == {
        "dim": [{"size": size, "name": ""} for size in ("-1", "28", "28")],
        "unknown_rank": False,
    }


def test_the_metrics_count_requests_by_status_and_measure_them(send):
    send("POST", f"{MODEL}:predict", NAMES)
    text = send("GET", "/monitoring/prometheus/metrics").text
    counted = (
        ':tensorflow:serving:request_count{model_name="fashion_mnist",status="OK"}'
    )
    assert int(text.split(counted)[1].split()[0]) > 0
    assert "# TYPE :tensorflow:serving:request_latency histogram" in text
    assert 'API="predict",entrypoint="REST",le="+Inf"' in text
    # A question for the state counts too, without an API.
    before = int(text.split(counted)[1].split()[0])
    send("GET", MODEL)
    text = send("GET", "/monitoring/prometheus/metrics").text
    assert 'API="",entrypoint="REST",le="+Inf"' in text
    assert int(text.split(counted)[1].split()[0]) > before
    assert "# TYPE :tensorflow:serving:model_warmup_latency histogram" in text
