import pytest
from PIL import ExifTags, Image

from components.image_files.encoding import to_decodable
from pipeline.scoring.image_calls import CALL_IMAGES, divide_into_calls, prepare_call
from pipeline.serving.image_fitting import Wanted, fit_image
from pipeline.serving.labelled_images import LabelledImage, read_image_file
from tests.support.fashion import DESCRIPTION

MEBIBYTE = bytes(2**20)


def lengths(images):
    return [len(call) for call in divide_into_calls(iter(images), DESCRIPTION)]


def test_the_files_of_a_call_are_limited_also_those_of_images_that_were_converted():
    assert lengths([LabelledImage("a", MEBIBYTE)] * 100) == [32, 32, 32, 4]
    small = LabelledImage("a", b"small", original=MEBIBYTE)
    assert lengths([small] * 100) == [32, 32, 32, 4]


def test_small_images_share_a_call():
    images = [LabelledImage("a", b"small", original=b"file")] * (CALL_IMAGES + 1)
    assert lengths(images) == [CALL_IMAGES, 1]


def size_of(image, description):
    (height,), (width,) = map(
        prepare_call([image], description).measures.get, ("height", "width")
    )
    return height, width


@pytest.mark.parametrize("name", ["a.webp", "a.jpg", "a.png"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("shape", [(28, 28, 1), (None, None, 1)])
def test_the_size_of_a_turned_file_is_that_of_a_training_image(
    tmp_path, name, orientation, shape
):
    path = tmp_path / name
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.new("L", (40, 20)).save(path, exif=exif)
    resizing = DESCRIPTION.model_copy(update={"resize": "letterbox"})
    # What an example holds, which the model gets as it is.
    training = LabelledImage("a", to_decodable(path.read_bytes()))
    fitted = fit_image(read_image_file(path), Wanted(shape))
    assert size_of(fitted, resizing) == size_of(training, resizing)
