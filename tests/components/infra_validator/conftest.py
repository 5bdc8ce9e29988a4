import base64
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import ExifTags, Image

from components.evaluator.example_predictions import (
    PREDICTIONS_FILE,
    ExamplePrediction,
    ExamplePredictions,
)


@pytest.fixture(scope="session")
def keep_predictions():
    """Writes what the Evaluator would keep of a model's answers on some images."""

    def keep(model_dir, images, folder):
        model = tf.saved_model.load(model_dir)
        predict = model.signatures["predict_png"]
        predictions = []
        for index, image in enumerate(images):
            answer = predict(png=tf.constant([image]))
            name = answer["class_name"].numpy()[0].decode()
            predictions.append(
                ExamplePrediction(
                    index=index,
                    image=base64.b64encode(image),
                    true_class_name=name,
                    class_name=name,
                    probabilities=answer["probabilities"].numpy()[0].tolist(),
                )
            )
        kept = ExamplePredictions(
            examined=len(images), chosen=predictions[:2], right=predictions, wrong=[]
        )
        (folder / PREDICTIONS_FILE).write_text(kept.model_dump_json())
        return str(folder)

    return keep


@pytest.fixture(scope="session")
def evaluation(exported, keep_predictions, tmp_path_factory, random_pixels):
    """Folder of what the Evaluator kept of the exported model's answers."""
    images = [encode(Image.fromarray(each)) for each in random_pixels[:40]]
    return keep_predictions(
        exported.folder, images, tmp_path_factory.mktemp("evaluation")
    )


@pytest.fixture(scope="session")
def photos():
    """Colour images of several sizes, as PNG and as JPEG; one to be shown turned."""
    random = np.random.default_rng(1)
    images = [
        Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8))
        for size in ((20, 24), (31, 17), (31, 17), (64, 64))
    ]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = encode(images[0], exif=exif)
    return [encode(each, kind) for each in images for kind in ("PNG", "JPEG")] + [
        turned
    ]


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
