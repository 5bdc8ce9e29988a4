from pathlib import Path

import pytest

from pipeline.serving.image_arguments import find_images


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder `photos` in the current one. No file is read, so all are empty."""
    for name in (
        "photos/b.PNG",
        "photos/a.jpg",
        "photos/notes.txt",
        "photos/.hidden.png",
        "photos/inner/deep/c.webp",
        "photos/.git/d.png",
        "photos/@eaDir/e.png",
        "empty/notes.txt",
        "[x].png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*arguments):
    return [
        (each.title, str(each.path), each.problem) for each in find_images(arguments)
    ]


def test_a_folder_gives_its_images_on_all_levels(photos):
    assert found("photos") == [
        ("a.jpg", "photos/a.jpg", ""),
        ("b.PNG", "photos/b.PNG", ""),
        ("inner/deep/c.webp", "photos/inner/deep/c.webp", ""),
    ]


def test_a_file_may_have_any_name(photos):
    assert found("photos/notes.txt") == [("notes.txt", "photos/notes.txt", "")]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("photos/*.jpg", ["photos/a.jpg"]),
        ("photos/*.[pjP]*", ["photos/a.jpg", "photos/b.PNG"]),
        ("photos/**/*.webp", ["photos/inner/deep/c.webp"]),
        ("phot*", ["photos/a.jpg", "photos/b.PNG", "photos/inner/deep/c.webp"]),
        ("[x].png", ["[x].png"]),
    ],
)
def test_a_pattern_gives_what_it_matches(photos, pattern, expected):
    assert [path for _, path, _ in found(pattern)] == expected


def test_each_file_is_named_once_and_by_its_path_below_all(photos):
    assert found("photos/a.jpg", "[x].png", "photos/*.jpg") == [
        ("photos/a.jpg", "photos/a.jpg", ""),
        ("[x].png", "[x].png", ""),
    ]


def test_what_names_no_image_says_why(photos):
    problems = {path: problem for _, path, problem in found(
        "absent.png", "*.gif", "empty", "x" * 300, "/dev/null"
    )}  # fmt: skip
    assert problems == {
        "absent.png": "is not there",
        "*.gif": "no file has such a name",
        "empty": "holds no image files (.bmp, .gif, .jpeg, .jpg, .png, .webp)",
        "x" * 300: "is not there",
        "/dev/null": "is not a regular file",
    }


def test_a_home_folder_is_found(photos, monkeypatch):
    monkeypatch.setenv("HOME", str(photos))
    assert [each.path for each in find_images(["~/photos/a.jpg"])] == [
        Path(photos, "photos/a.jpg")
    ]


def test_nothing_is_found_without_arguments():
    assert find_images([]) == []
