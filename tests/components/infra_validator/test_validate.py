import pytest

from components.infra_validator.validate import validate_model
from components.parameters import InfraValidationParameters
from tests.support.fashion import DESCRIPTION

DISCS = DESCRIPTION.model_copy(
    update={
        "class_names": ("blue", "green", "red"),
        "height": 20,
        "width": 24,
        "channels": 3,
        "resize": "letterbox",
    }
)


def test_a_model_of_photos_of_any_size_is_blessed(
    resizing, photos, keep_predictions, tmp_path
):
    evaluation = keep_predictions(resizing.folder, photos, tmp_path)
    found = validate_model(
        resizing.folder, evaluation, DISCS, InfraValidationParameters()
    )
    assert found.reasons == ()
    assert found.compared_images == len(photos)


@pytest.mark.parametrize(
    "class_names, sentence",
    [
        (("blue", "green", "red", "white"), "TensorFlow can't answer the request for"),
        (("blue", "green"), "shape (3,), while the data have 2 classes"),
        (("blue", "red", "green"), "calls class 1 'green', while the data call it"),
    ],
    ids=["more", "fewer", "others"],
)
def test_a_model_of_other_classes_than_the_data_is_refused(
    resizing, photos, keep_predictions, tmp_path, class_names, sentence
):
    evaluation = keep_predictions(resizing.folder, photos[:2], tmp_path)
    description = DISCS.model_copy(update={"class_names": class_names})
    found = validate_model(
        resizing.folder, evaluation, description, InfraValidationParameters()
    )
    assert sentence in found.reasons[0]
