import pytest

from components.set_name import set_name


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("cifar10", "cifar10"),
        ("cifar10:3.0.2", "cifar10"),
        ("fashion_mnist:3.0.1", "fashion_mnist"),
        ("cifar10_corrupted/blur_1:1.0.0", "cifar10_corrupted_blur_1"),
    ],
)
def test_a_set_of_tfds_keeps_its_name_and_configuration(dataset, name):
    assert set_name(dataset, None) == name


@pytest.mark.parametrize(
    ("images", "name"),
    [
        ("/data/shapes", "shapes"),
        ("/data/My shapes/", "my_shapes"),
        ("/data/Äpfel & Möhren", "apfel_mohren"),
        ("/data/images.v2", "images_v2"),
        # A CSV file's ending is left out, in either case; a folder has none.
        ("lists/Garden flowers.csv", "garden_flowers"),
        ("lists/FLOWERS.CSV", "flowers"),
        # The name must start with a letter.
        ("/data/2024 photos", "images_2024_photos"),
        ("/data/_private_", "private"),
        # Nothing is left of other scripts.
        ("/data/猫と犬", "images_df4e774e"),
        ("/data/花", "images_25baabd1"),
        ("/data/猫 cats", "cats"),
        ("/data/---", "images_aa210a3b"),
        ("gs://bucket/photos", "photos"),
    ],
)
def test_a_folder_or_file_gives_its_own(images, name):
    assert set_name("fashion_mnist:3.0.1", images) == name


def test_the_current_folder_has_its_name(tmp_path, monkeypatch):
    folder = tmp_path / "shapes"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert set_name("fashion_mnist:3.0.1", ".") == "shapes"


def test_both_forms_of_a_character_give_the_same_name():
    composed, decomposed = "/data/\u30ac", "/data/\u30ab\u3099"
    assert set_name("x:1.0.0", composed) == set_name("x:1.0.0", decomposed)
