from pipeline.scoring.image_calls import CALL_IMAGES, divide_into_calls
from pipeline.serving.labelled_images import LabelledImage
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
