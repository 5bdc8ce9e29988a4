import json

import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline.commands.predict import predict
from tests.support.servers.tf_serving import tf_serving_stand_in


def test_without_a_pushed_model_it_says_what_to_do(tmp_path):
    result = CliRunner().invoke(predict, ["--output", str(tmp_path / "absent")])
    assert result.exit_code == 1
    assert "run the pipeline first" in result.output
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--index", "-1"],
        ["--signature", "classify"],
        ["--model-version", "newest"],
        ["--timeout", "0"],
        ["--image", "absent.png"],
    ],
)
def test_a_wrong_option_is_refused(options, tmp_path):
    result = CliRunner().invoke(predict, [*options, "--output", str(tmp_path)])
    assert result.exit_code == 2


def test_an_image_file_is_sent_to_a_server(exported, tmp_path):
    Image.new("RGB", (64, 48), "white").save(tmp_path / "bag.jpg")
    output = tmp_path / "output"
    with tf_serving_stand_in(exported.folder, "fashion_mnist", 7) as server:
        for address in (server.rest, server.grpc):
            result = CliRunner().invoke(
                predict,
                [
                    *("--server", address, "--image", str(tmp_path / "bag.jpg")),
                    *("--output", str(output), "--format", "json"),
                ],
            )
            assert result.exit_code == 0, result.output
            assert "bag.jpg was converted from RGB 64x48 to L 28x28" in result.stderr
            (row,) = json.loads(result.stdout)
            assert row["image"] == "bag.jpg"
            assert sum(row["probabilities"].values()) == pytest.approx(1)
            assert row["probabilities"][row["class_name"]] == row["probability"]
            assert row["true_class_name"] is None
    assert not output.exists()


def test_a_server_that_is_down_ends_with_a_sentence(tmp_path):
    Image.new("L", (28, 28)).save(tmp_path / "bag.png")
    result = CliRunner().invoke(
        predict,
        ["--server", "http://127.0.0.1:1", "--image", str(tmp_path / "bag.png")],
    )
    assert result.exit_code == 1
    assert result.output == (
        "Error: No server answers at http://127.0.0.1:1; start TensorFlow Serving, "
        "or name another --server.\n"
    )
