import io

import numpy as np
import pytest
from PIL import Image

from components.served_model.background import Background
from components.served_model.model_lineage import ModelLineage
from pipeline.serving.image_fitting import Wanted, fit_image, try_to_fit
from pipeline.serving.labelled_images import (
    LabelledImage,
    Unclassified,
    read_image_file,
)
from tests.support.fashion import DESCRIPTION
from tests.support.odd_images import HARMLESS_FILES, ODD_FILES

STRICT = Wanted((28, 28, 1))
COLOURS = Wanted((None, None, 3))
DARK = Background(images=300, dark=1.0, bright=0.0)
BRIGHT = Background(images=300, dark=0.0, bright=0.96)
MIXED = Background(images=300, dark=0.94, bright=0.06)


def lineage(background, **data):
    return ModelLineage(
        pipeline="a",
        run_id="1",
        model_uri="m",
        examples_uri="e",
        dataset="d",
        code_digest="0",
        data=DESCRIPTION.model_copy(update=data),
        background=background,
    )


def wanted(background, shape=(28, 28, 1), **data):
    return Wanted(shape, lineage(background, **data))


def image_of(image, kind="PNG"):
    file = io.BytesIO()
    image.save(file, kind)
    return LabelledImage("a", file.getvalue())


def photo(ground, thing, size=(60, 40), mode="L"):
    """An image with something in its middle."""
    image = Image.new("L", size, ground)
    width, height = size
    box = (width // 4, height // 4, width - width // 4, height - height // 4)
    image.paste(thing, box)
    return image_of(image.convert(mode))


def middle_of(image):
    pixels = image.pixels_of(1)
    height, width = pixels.shape
    return int(pixels[height // 2, width // 2])


def read_and_fit(path, model):
    return fit_image(read_image_file(path), model)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_image_of_a_strict_models_shape_is_taken_as_it_is(kind):
    pixels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    image = image_of(Image.fromarray(pixels), kind)
    assert fit_image(image, STRICT) == image


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.bmp", "photo.webp"])
def test_another_image_is_converted_for_a_strict_model_and_it_is_said(tmp_path, name):
    path = tmp_path / name
    Image.new("RGB", (280, 140), (255, 0, 0)).save(path)
    image = read_and_fit(path, STRICT)
    assert image.encoded.startswith(b"\x89PNG")
    # ITU-R BT.601 gives red this brightness. The image is twice as wide as high.
    expected = np.zeros((28, 28))
    expected[7:21] = 76
    np.testing.assert_allclose(image.pixels_of(1), expected, atol=1)
    assert image.notes == (
        "colour made grey",
        "resized from 280x140 to 28x28 (letterbox)",
    )
    assert image.original == path.read_bytes()


@pytest.mark.parametrize("size", [(1, 1), (4000, 1), (1, 4000), (4000, 3000)])
def test_an_image_of_any_size_fits_a_strict_model(size):
    image = fit_image(image_of(Image.new("L", size, 200)), STRICT)
    pixels = image.pixels_of(1)
    assert pixels.shape == (28, 28)
    assert pixels[13, 13] == 200


def test_a_strict_model_gets_no_gif(tmp_path):
    pixels = np.full((28, 28), 7, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.gif")
    image = read_and_fit(tmp_path / "image.gif", STRICT)
    assert image.encoded.startswith(b"\x89PNG")
    assert image.notes == ()
    np.testing.assert_array_equal(image.pixels_of(1), pixels)


def test_a_model_that_resizes_gets_the_files_own_bytes():
    image = photo(255, 0, mode="RGB")
    assert fit_image(image, COLOURS) == image


def test_what_a_model_does_that_resizes_is_said_if_its_size_is_known():
    model = wanted(None, (None, None, 3), height=20, width=24, resize="crop")
    fitted = fit_image(photo(255, 0), model)
    assert fitted.notes == ("resized from 60x40 to 24x20 (crop)",)


RULE = [
    # training images, ground and thing of the photo, whether it is inverted
    (DARK, 255, 0, True),
    (DARK, 200, 40, True),
    (DARK, 128, 255, False),
    (DARK, 0, 255, False),
    (BRIGHT, 0, 255, True),
    (BRIGHT, 255, 0, False),
    (MIXED, 255, 0, False),
    (MIXED, 0, 255, False),
    (None, 255, 0, False),
]


@pytest.mark.parametrize(("background", "ground", "thing", "inverted"), RULE)
@pytest.mark.parametrize("shape", [(28, 28, 1), (None, None, 1)])
def test_a_photo_on_the_opposite_background_is_inverted(
    background, ground, thing, inverted, shape
):
    image = photo(ground, thing)
    fitted = fit_image(image, wanted(background, shape))
    assert middle_of(fitted) == pytest.approx(
        255 - thing if inverted else thing, abs=20
    )
    notes = [note for note in fitted.notes if note.startswith("inverted")]
    if inverted:
        own, theirs = ("bright", "dark") if ground > 128 else ("dark", "bright")
        assert notes == [
            f"inverted (its background is {own}, that of the training images is "
            f"{theirs})"
        ]
        # People see the photo as it is.
        assert fitted.original == image.encoded
    else:
        assert notes == []


def test_a_photo_in_colour_is_inverted_for_a_model_of_grey_images():
    fitted = fit_image(photo(255, 0, mode="RGB"), wanted(DARK))
    assert "colour made grey" in fitted.notes
    assert middle_of(fitted) == 255


def test_a_model_of_colours_inverts_nothing_by_itself():
    image = photo(255, 0, mode="RGB")
    model = wanted(DARK, (None, None, 3), height=40, width=60)
    assert fit_image(image, model) == image
    inverted = fit_image(image, model, "yes")
    assert inverted.notes == ("inverted (as asked)",)
    np.testing.assert_array_equal(inverted.pixels_of(3)[0, 0], 0)


def test_inverting_can_be_asked_for_and_forbidden():
    white = photo(255, 0)
    assert fit_image(white, wanted(DARK), "no").notes == (
        "resized from 60x40 to 28x28 (letterbox)",
    )
    asked = fit_image(photo(0, 255), wanted(DARK), "yes")
    assert asked.notes[0] == "inverted (as asked)"
    assert middle_of(asked) == 0


@pytest.mark.parametrize("size", [(1, 1), (2, 50)])
def test_an_image_without_a_border_is_not_inverted(size):
    fitted = fit_image(image_of(Image.new("L", size, 255)), wanted(DARK))
    assert not any("inverted" in note for note in fitted.notes)


@pytest.mark.parametrize("data", ODD_FILES.values(), ids=ODD_FILES)
@pytest.mark.parametrize("model", [STRICT, COLOURS])
def test_a_file_whose_rest_is_damaged_has_a_reason(tmp_path, data, model):
    path = tmp_path / "odd"
    path.write_bytes(data)
    image = read_image_file(path)
    assert isinstance(image, LabelledImage)
    found = try_to_fit(image, model)
    assert isinstance(found, Unclassified)
    assert found.reason.startswith("can't be decoded (")
    assert (found.title, found.file) == ("odd", str(path))


@pytest.mark.parametrize("data", HARMLESS_FILES.values(), ids=HARMLESS_FILES)
@pytest.mark.parametrize("model", [STRICT, Wanted((14, 14, 1)), COLOURS])
def test_what_the_model_passes_over_is_passed_over(tmp_path, data, model):
    path = tmp_path / "odd"
    path.write_bytes(data)
    found = try_to_fit(read_image_file(path), model)
    assert isinstance(found, LabelledImage)
    assert not any("turned" in note for note in found.notes)


def test_too_little_memory_is_no_fault_of_an_image(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("pipeline.serving.image_fitting.fit_image", fail)
    with pytest.raises(MemoryError):
        try_to_fit(photo(0, 255), STRICT)
