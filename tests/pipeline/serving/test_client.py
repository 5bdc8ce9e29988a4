"""The same questions to every client: in process, over REST and over gRPC."""

import base64
import os
import socket

import numpy as np
import pytest
import tensorflow as tf

from components.errors import InputError
from components.served_model.signatures import INPUT_NAMES, make_inputs
from pipeline.serving.chosen_model import connect_to_server
from pipeline.serving.saved_model_client import SavedModelClient
from tests.support.fashion import CLASS_NAMES
from tests.support.servers.processes import free_port
from tests.support.servers.tf_serving import tf_serving_stand_in

PROTOCOLS = ("rest", "grpc")
CLIENTS = ("in process", *PROTOCOLS)
UNKNOWN_VERSION = r"has no version 8 of 'fashion_mnist'; it knows 7 \(AVAI"
REAL_SERVER = "FASHION_MNIST_TFSERVING_{}"


def encode(pixels):
    return tf.io.encode_png(pixels[..., np.newaxis]).numpy()


@pytest.fixture(scope="module")
def images(random_pixels):
    return [encode(pixels) for pixels in random_pixels[:5]]


def connect(server, model_name, model_version, timeout):
    return connect_to_server(
        server, model_name, model_version, timeout, "/no/pushed/versions"
    ).client


def ask(server, protocol, **options):
    arguments = {"model_name": "fashion_mnist", "model_version": None, "timeout": 10}
    return connect(getattr(server, protocol), **(arguments | options))


def client_of(protocol, folder, server, **options):
    if protocol == "in process":
        return SavedModelClient(folder)
    return ask(server, protocol, **options)


@pytest.mark.parametrize("signature", INPUT_NAMES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_server_answers_as_the_model_itself(
    server, exported, images, protocol, signature
):
    inputs = make_inputs(signature, images)
    expected = SavedModelClient(exported.folder).predict(signature, inputs)
    answers = ask(server, protocol).predict(signature, inputs)
    assert [answer.class_name for answer in answers] == [
        answer.class_name for answer in expected
    ]
    for answer, own in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer.probabilities, own.probabilities, atol=1e-6)
        assert answer.class_id == own.class_id
        assert answer.ranked()[0] == (answer.class_name, max(answer.probabilities))


def test_rest_bodies_follow_the_documented_rules(server, images):
    client = ask(server, "rest")
    client.predict("predict_png", make_inputs("predict_png", images))
    assert server.model.requests[-1] == {
        "signature_name": "predict_png",
        "instances": [{"b64": base64.b64encode(image).decode()} for image in images],
    }
    client.predict("predict_images", make_inputs("predict_images", images))
    assert np.shape(server.model.requests[-1]["instances"]) == (5, 28, 28)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_version_can_be_asked_for(server, images, protocol):
    inputs = make_inputs("predict_png", images)
    assert (
        len(ask(server, protocol, model_version=7).predict("predict_png", inputs)) == 5
    )
    with pytest.raises(InputError, match=UNKNOWN_VERSION):
        ask(server, protocol, model_version=8).predict("predict_png", inputs)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_wrong_model_name_is_said(server, images, protocol):
    client = ask(server, protocol, model_name="cats")
    with pytest.raises(InputError, match="has no model 'cats'; name the model"):
        client.predict("predict_png", make_inputs("predict_png", images))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_model_that_is_still_loading_is_said(server, images, protocol, monkeypatch):
    monkeypatch.setitem(server.model.states, 7, "LOADING")
    with pytest.raises(InputError, match="still loading, so try again"):
        ask(server, protocol).predict("predict_png", make_inputs("predict_png", images))


@pytest.mark.parametrize(
    "refusal",
    [
        ("RESOURCE_EXHAUSTED", "Server Threadpool Exhausted"),
        (
            "UNAVAILABLE",
            "The batch scheduling queue to which this task was submitted is full; "
            "currently 101 batches enqueued and max_enqueued_batches is 100",
        ),
    ],
)
def test_a_busy_server_is_said(server, images, monkeypatch, refusal):
    monkeypatch.setattr(server.model, "busy", refusal)
    with pytest.raises(InputError, match="is busy and refused the request; send fewer"):
        ask(server, "grpc").predict("predict_png", make_inputs("predict_png", images))


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_is_down_is_said(images, scheme):
    client = connect(f"{scheme}://127.0.0.1:{free_port()}", "fashion_mnist", None, 10)
    with pytest.raises(InputError, match=f"No server answers at {scheme}://127"):
        client.predict("predict_png", make_inputs("predict_png", images))


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_does_not_answer_in_time_is_said(images, scheme):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        client = connect(
            f"{scheme}://127.0.0.1:{sock.getsockname()[1]}", "fashion_mnist", None, 0.5
        )
        with pytest.raises(InputError, match=r"no answer within 0\.5 s"):
            client.predict("predict_png", make_inputs("predict_png", images))


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (b"no image", "An image must be PNG or JPEG bytes"),
        (b"", "An image must be PNG or JPEG bytes"),
        (
            encode(np.zeros((32, 32), np.uint8)),
            "An image must be 28 pixels high and 28",
        ),
    ],
)
@pytest.mark.parametrize("protocol", CLIENTS)
def test_what_is_no_such_image_fails_that_request_alone(
    server, exported, images, protocol, image, sentence
):
    client = client_of(protocol, exported.folder, server)
    with pytest.raises(InputError, match=sentence):
        client.predict("predict_png", np.array([images[0], image], object))
    assert len(client.predict("predict_png", np.array(images, object))) == 5


@pytest.mark.parametrize("protocol", CLIENTS)
def test_a_strict_model_says_its_classes_and_its_size(server, exported, protocol):
    client = client_of(protocol, exported.folder, server)
    assert client.class_names(10) == CLASS_NAMES
    assert client.input_shape() == (28, 28, 1)


@pytest.mark.parametrize("protocol", CLIENTS)
def test_a_model_that_resizes_says_its_classes_and_takes_any_size(
    resizing_server, resizing, protocol
):
    client = client_of(protocol, resizing.folder, resizing_server, model_name="discs")
    assert client.class_names(3) == ("blue", "green", "red")
    assert client.input_shape() == (None, None, 3)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_class_names_are_asked_for_once(server, protocol):
    client = ask(server, protocol)
    before = len(server.model.requests)
    assert client.class_names(10) == client.class_names(10)
    assert len(server.model.requests) == before + 1


@pytest.mark.parametrize("protocol", CLIENTS)
def test_a_model_of_version_0_1_gives_no_class_names(former_server, former, protocol):
    client = client_of(protocol, former, former_server)
    assert client.class_names(3) == ()
    assert client.input_shape() == (28, 28, 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_version_s_shape_can_be_asked_for(server, protocol):
    assert ask(server, protocol, model_version=7).input_shape() == (28, 28, 1)
    with pytest.raises(InputError, match=UNKNOWN_VERSION):
        ask(server, protocol, model_version=8).input_shape()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_model_that_takes_no_images_is_said(other_model, protocol):
    with tf_serving_stand_in(other_model, "fashion_mnist", 1) as server:
        client = ask(server, protocol)
        with pytest.raises(InputError, match="no images by a signature predict_images"):
            client.input_shape()


@pytest.mark.parametrize("server", ["localhost:8501", "ftp://host", "http://", ""])
def test_an_address_of_another_kind_is_refused(server):
    with pytest.raises(InputError, match="--server must be http://HOST:8501 or grpc"):
        connect(server, "fashion_mnist", None, 1)


@pytest.mark.tfserving
@pytest.mark.parametrize("signature", INPUT_NAMES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_real_server_answers_alike_to_every_signature(images, protocol, signature):
    variable = REAL_SERVER.format(protocol.upper())
    if variable not in os.environ:
        pytest.skip(
            f"{variable} is not set; it names a running TensorFlow Serving that "
            f"serves this pipeline's model as fashion_mnist"
        )
    client = connect(os.environ[variable], "fashion_mnist", None, 30)
    answers = client.predict(signature, make_inputs(signature, images))
    expected = client.predict("predict_png", make_inputs("predict_png", images))
    for answer, other in zip(answers, expected, strict=True):
        np.testing.assert_allclose(answer.probabilities, other.probabilities, atol=1e-5)
        assert answer.class_name == other.class_name
    with pytest.raises(InputError, match="An image must be PNG or JPEG bytes"):
        client.predict("predict_png", np.array([b"no image"], object))
    assert client.class_names(10) == CLASS_NAMES
    assert client.input_shape() == (28, 28, 1)
