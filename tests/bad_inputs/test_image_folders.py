"""Folders, CSV files and image files that are wrong, each with what comes of it."""

import io
import json
import os
import struct
import time
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from components.errors import InputError
from components.image_files.checks import check_images
from components.image_files.listing import list_images
from components.parameters import DataParameters
from components.progress import listen_to_progress
from pipeline.__main__ import main

TRAINED_AND_TESTED = 12


def encode(number, form="PNG", size=(8, 6), mode="L"):
    file = io.BytesIO()
    color = (number % 256, number // 256, 7) if mode == "RGB" else number % 256
    image = Image.new(mode, size, color)
    # Lossy formats differ too.
    image.putpixel((number % size[0], number % size[1]), 0)
    image.save(file, form)
    return file.getvalue()


def fill(folder, first, count=TRAINED_AND_TESTED):
    """Writes different images."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        (folder / f"{number}.png").write_bytes(encode(number, mode="RGB"))


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def bomb(side):
    """A PNG file of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


@pytest.fixture
def root(tmp_path):
    """A good folder: two classes below `train` and `test`."""
    folder = tmp_path / "photos"
    for first, split in ((0, "train"), (100, "test")):
        fill(folder / split / "cat", first)
        fill(folder / split / "dog", first + 50)
    return folder


def check(path, **columns):
    return check_images(list_images(str(path), DataParameters(**columns)))


def test_reading_says_how_far_it_is(root):
    (root / "train" / "cat" / "broken.png").write_bytes(b"no image")
    told = []
    with listen_to_progress(lambda *each: told.append(each)):
        check(root)
    count = 4 * TRAINED_AND_TESTED + 1
    assert told == [("reading images", done, count) for done in range(count + 1)]


def problems_of(path, **columns):
    return [
        (Path(each.path).name, each.what, each.done)
        for each in check(path, **columns).problems
    ]


FILES = {
    "no bytes": (b"", "has no bytes"),
    "text": (b"This is text.", "can't be decoded"),
    "a cut PNG": (encode(900)[:-30], "can't be decoded"),
    "a PNG without its end": (encode(900)[:-12], "can't be decoded"),
    "a PNG whose signature is all": (encode(900)[:8], "can't be decoded"),
    "a PNG with a flipped byte": (
        flipped(encode(900), encode(900).index(b"IDAT") + 8),
        "can't be decoded",
    ),
    "a PNG with a wrong checksum": (
        flipped(encode(900), len(encode(900)) - 13),
        "can't be decoded",
    ),
    "a cut JPEG": (encode(900, "JPEG", (64, 64))[:-200], "can't be decoded"),
    "a cut GIF": (encode(900, "GIF")[:20], "can't be decoded"),
    "a cut BMP": (encode(900, "BMP")[:-40], "can't be decoded"),
    "a cut WebP": (encode(900, "WEBP")[:30], "can't be decoded"),
    "a TIFF": (encode(900, "TIFF"), "can't be decoded"),
    "a large image": (bomb(2**13 + 1), "has more than 67,108,864 pixels"),
    "a bomb": (bomb(2**16), "has more than 67,108,864 pixels"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_left_out_and_named(root, name):
    content, what = FILES[name]
    (root / "train" / "cat" / "bad.png").write_bytes(content)
    assert problems_of(root) == [("bad.png", what, "left out")]


def test_every_format_is_read_whatever_the_suffix(root):
    for number, form in enumerate(("PNG", "JPEG", "GIF", "BMP", "WEBP")):
        path = root / "train" / "cat" / f"{form}.png"
        path.write_bytes(encode(200 + number, form))
    assert problems_of(root) == []


def same_class(root):
    (root / "train/cat/z.png").write_bytes((root / "train/cat/1.png").read_bytes())


def two_classes(root):
    (root / "train/dog/z.png").write_bytes((root / "train/cat/1.png").read_bytes())


def two_splits(root):
    (root / "test/cat/0.png").write_bytes((root / "train/cat/1.png").read_bytes())


def in_validation_too(root):
    fill(root / "val" / "cat", 300)
    (root / "val/cat/z.png").write_bytes((root / "train/cat/1.png").read_bytes())


CHANGES = {
    "twice in a class": (
        same_class,
        [("z.png", "is the same image as another in its own split", "left out")],
    ),
    "in two classes": (
        two_classes,
        [
            ("1.png", "is the same image in several classes", "left out"),
            ("z.png", "is the same image in several classes", "left out"),
        ],
    ),
    "in train and test": (
        two_splits,
        [("1.png", "is the same image as another in test", "left out")],
    ),
    "in train and validation": (
        in_validation_too,
        [("1.png", "is the same image as another in validation", "left out")],
    ),
    "not an image by its name": (
        lambda root: (root / "train/cat/notes.txt").touch(),
        [("notes.txt", "is not an image by its name", "left out")],
    ),
    "left by systems": (
        lambda root: [
            (root / "train/cat" / name).touch()
            for name in (".DS_Store", "Thumbs.db", "._1.png", "desktop.ini")
        ],
        [],
    ),
    "an empty class": (
        lambda root: (root / "train/fox").mkdir(),
        [("fox", "has no images", "not a class")],
    ),
    "a class of damaged images": (
        lambda root: [(root / "train/fox").mkdir(), (root / "train/fox/1.png").touch()],
        [
            ("1.png", "has no bytes", "left out"),
            ("class fox", "has no image that can be used", "not a class"),
        ],
    ),
    "a class that isn't tested": (
        lambda root: fill(root / "train/fox", 400),
        [("class fox", "has no test image", "its accuracy can't be measured")],
    ),
    "an empty folder in a class": (
        lambda root: (root / "train/cat/old").mkdir(),
        [("old", "is a folder in a class folder", "left out")],
    ),
    "a folder beside the splits": (
        lambda root: fill(root / "unlabelled", 500),
        [("unlabelled", "lies beside the folders of the splits", "left out")],
    ),
    "a link to nothing": (
        lambda root: (root / "train/cat/z.png").symlink_to("nowhere"),
        [("z.png", "is a link to nothing", "left out")],
    ),
    "a link to itself": (
        lambda root: (root / "train/cat/z.png").symlink_to("z.png"),
        [("z.png", "is a link to nothing", "left out")],
    ),
    "links in a circle": (
        lambda root: (root / "train/cat/round").symlink_to(root),
        [("round", "is a link to a folder that holds it", "left out")],
    ),
    "a pipe": (
        lambda root: os.mkfifo(root / "train/cat/z.png"),
        [("z.png", "is not a regular file", "left out")],
    ),
    "a name that isn't UTF-8": (
        lambda root: (root / "train/cat/\udcff.png").touch(),
        [("\udcff.png", "has a name that isn't UTF-8", "left out")],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_wrong_with_a_folder_is_named_and_left_out(root, name):
    change, expected = CHANGES[name]
    change(root)
    assert sorted(problems_of(root)) == sorted(expected)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_left_out(root):
    (root / "train/cat/1.png").chmod(0)
    assert problems_of(root) == [("1.png", "can't be read", "left out")]


def nested(folder):
    fill(folder / "photos/cat", 0)
    fill(folder / "photos/dog", 100)


def loose(folder):
    fill(folder / "cat", 0)
    fill(folder / "dog", 100)
    fill(folder, 200, 2)


REFUSED = {
    "nothing in it": (lambda folder: None, "must hold image files"),
    "only texts": (
        lambda folder: [(folder / "cat").mkdir(), (folder / "cat/a.txt").touch()],
        "holds none, but .*a.txt: is not an image by its name",
    ),
    "one class": (lambda folder: fill(folder / "cat", 0), "has only 'cat'"),
    "too deep": (nested, "name --images .* if it holds the class folders"),
    "loose images": (lambda folder: fill(folder, 0), "directly holds 12 images"),
    "loose beside classes": (loose, "directly holds 2 images, such as 200.png"),
    "unlabelled splits": (
        lambda folder: [fill(folder / "train", 0), fill(folder / "test", 100)],
        "test directly holds 12 images",
    ),
    "no train": (
        lambda folder: [fill(folder / "test/a", 0), fill(folder / "test/b", 100)],
        "must have a folder 'train'",
    ),
    "an empty test": (
        lambda folder: [
            fill(folder / "train/a", 0),
            fill(folder / "train/b", 100),
            (folder / "test").mkdir(),
        ],
        "none is in the test split",
    ),
    "a class in test alone": (
        lambda folder: [
            fill(folder / "train/a", 0),
            fill(folder / "train/b", 100),
            fill(folder / "test/a", 200),
            fill(folder / "test/c", 300),
        ],
        "'c' has none in the train split",
    ),
    "10,000 classes": (
        lambda folder: [
            fill(folder / str(number), number, 1) for number in range(10_000)
        ],
        "2 to 1,000 classes .* has 10,000",
    ),
    "a class name of two lines": (
        lambda folder: fill(folder / "a\nb", 0),
        "must be UTF-8 text of one line",
    ),
    "a class name that isn't UTF-8": (
        lambda folder: fill(folder / "\udcff", 0),
        "must be UTF-8 text of one line",
    ),
    "all damaged but one class": (
        lambda folder: [
            fill(folder / "a", 0),
            (folder / "b").mkdir(),
            (folder / "b/1.png").touch(),
        ],
        "at least 2 classes .* has 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_that_cannot_be_trained_on_is_refused(tmp_path, name):
    make, sentence = REFUSED[name]
    make(tmp_path)
    with pytest.raises(InputError, match=rf"(?s){sentence}"):
        check(tmp_path)


@pytest.mark.parametrize(
    "path", ["{tmp}/no", "gs://bucket/photos", "{tmp}/a.txt", "a\0b", "x" * 5000]
)
def test_what_is_no_folder_is_refused(tmp_path, path):
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match="must be a folder or a "):
        check(path.format(tmp=tmp_path))


@pytest.mark.parametrize("name", ["日本語", "émigré", "two words", "🐈", "a'b"])
def test_classes_in_any_script_work(root, name):
    for split in ("train", "test"):
        (root / split / "cat").rename(root / split / name)
    assert name in check(root).class_names
    assert check(root).problems == ()


def test_an_accent_in_two_forms_is_one_class(root):
    (root / "train/cat").rename(root / "train/\u00e9")
    (root / "test/cat").rename(root / "test/e\u0301")
    assert check(root).class_names == ("dog", "\u00e9")


def test_a_folder_called_train_beside_other_classes_is_a_class(tmp_path):
    for first, name in ((0, "bus"), (100, "train")):
        fill(tmp_path / name, first, 40)
    assert check(tmp_path).class_names == ("bus", "train")


ROWS = "".join(
    f"{kind}/{number}.png,{kind}\n"
    for kind, first in (("cat", 0), ("dog", 100))
    for number in range(first, first + 40)
)
TABLES = {
    "empty": (b"", {}, "must have one column 'image'; .* has none"),
    "other columns": (b"file,kind\n", {}, "has 'file', 'kind'; .* --image-column"),
    "no label column": (b"image,kind\n", {}, "column 'label'.*--label-column"),
    "no split column": (b"image,label\n", {"split_column": "s"}, "'s'.*--split-column"),
    "a column twice": (b"image,label,label\n", {}, "one column 'label'"),
    "no rows": (b"image,label\n", {}, "must hold image files"),
    "no label": (b"image,label\ncat/0.png,\n", {}, "line 2 of .* has no 'label'"),
    "no file": (b"image,label\n,cat\n", {}, "line 2 of .* has no 'image'"),
    "a short row": (b"image,label\ncat/0.png\n", {}, "line 2 of .* has no 'label'"),
    "a long row": (b"image,label\na,b,c\n", {}, "line 2 of .* has 3 cells"),
    "UTF-16": ("image,label\n".encode("utf-16"), {}, "readable and in UTF-8"),
    "Latin-1": ("image,label\né,é\n".encode("latin-1"), {}, "readable and in UTF-8"),
    "an open quote": (b'image,label\n"a,b\n', {}, "unexpected end of data"),
    "a quote inside": (b'image,label\n"a"b,c\n', {}, "expected after"),
    "files missing": (
        b"image,label\n" + b"".join(b"%d.png,cat\n" % n for n in range(5)),
        {},
        "0.png, .*1.png, .*2.png and 2 more, which are not",
    ),
    "one file missing": (b"image,label\nno.png,cat\n", {}, "no.png, which is not"),
    "an unknown split": (
        b"image,label,part\ncat/0.png,cat,holdout\n",
        {"split_column": "part"},
        "line 2 of .* has 'holdout'",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_csv_file_that_is_wrong_is_refused(tmp_path, name):
    content, columns, sentence = TABLES[name]
    fill(tmp_path / "cat", 0, 40)
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        check(tmp_path / "table.csv", **columns)


@pytest.mark.parametrize(
    "content",
    [
        f"image,label\n{ROWS}".encode(),
        f"\ufeffimage,label\r\n{ROWS}".encode(),
        f"image;label\n{ROWS}".replace(",", ";").encode(),
        f"image\tlabel\n{ROWS}".replace(",", "\t").encode(),
    ],
    ids=["plain", "mark", "semicolons", "tabs"],
)
def test_a_csv_file_in_any_usual_form_is_read(tmp_path, content):
    fill(tmp_path / "cat", 0, 40)
    fill(tmp_path / "dog", 100, 40)
    (tmp_path / "table.CSV").write_bytes(content)
    checked = check(tmp_path / "table.CSV")
    assert checked.class_names == ("cat", "dog")
    assert len(checked.files) == 80


def test_a_row_twice_is_left_out_once(tmp_path):
    fill(tmp_path / "cat", 0, 40)
    fill(tmp_path / "dog", 100, 40)
    table = tmp_path / "table.csv"
    table.write_text(f"image,label\n{ROWS}cat/0.png,cat\n")
    assert len(check(table).files) == 80
    assert [each.what for each in check(table).problems] == [
        "is the same image as another in its own split"
    ]


def test_images_stay_in_their_splits_when_others_are_added(tmp_path):
    fill(tmp_path / "cat", 0, 60)
    fill(tmp_path / "dog", 100, 60)
    before = {file.path: file.split for file in check(tmp_path).files}
    assert {*before.values()} == {"train", "test"}
    fill(tmp_path / "cat", 200, 30)
    fill(tmp_path / "fox", 300, 60)
    after = {file.path: file.split for file in check(tmp_path).files}
    assert before.items() <= after.items()


def test_the_command_names_problems_at_most_20_of_a_kind(root):
    for number in range(25):
        (root / "train/cat" / f"bad{number}.png").touch()
    result = CliRunner().invoke(main, ["data", "check", str(root)])
    assert result.exit_code == 0, result.output
    assert "has no bytes; left out: 25" in result.output
    assert "and 5 more" in result.output
    answer = CliRunner().invoke(main, ["data", "check", str(root), "--format", "json"])
    assert len(json.loads(answer.stdout)["problems"]) == 25


def test_the_command_ends_with_the_problems_and_a_sentence(tmp_path):
    fill(tmp_path / "a", 0)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/1.png").touch()
    result = CliRunner().invoke(main, ["data", "check", str(tmp_path)])
    assert result.exit_code == 1
    assert "has no bytes" in result.output
    assert "Error: --images must have at least 2 classes" in result.output


def test_refusing_too_many_classes_takes_no_time(tmp_path):
    for number in range(3000):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "1.png").touch()
    start = time.monotonic()
    with pytest.raises(InputError, match="has 3,000"):
        check(tmp_path)
    assert time.monotonic() - start < 10
