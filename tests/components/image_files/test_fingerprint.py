import os

import pytest

from components.image_files.fingerprint import fingerprint


@pytest.fixture
def root(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(b"image")
    (tmp_path / "table.csv").write_text("image,label\ncat/1.png,cat\n")
    return tmp_path


def rewrite(path):
    time = path.stat().st_mtime_ns + 1
    os.utime(path, ns=(time, time))


@pytest.mark.parametrize("name", ["", "table.csv"])
def test_it_changes_when_a_file_is_written(root, name):
    before = fingerprint(str(root / name))
    assert fingerprint(str(root / name)) == before
    rewrite(root / "cat" / "1.png")
    assert fingerprint(str(root / name)) != before


def test_what_systems_leave_changes_nothing(root):
    before = fingerprint(str(root))
    (root / "cat" / ".DS_Store").touch()
    assert fingerprint(str(root)) == before


def test_a_csv_file_has_nothing_to_do_with_files_that_it_does_not_name(root):
    before = fingerprint(str(root / "table.csv"))
    rewrite(root / "dog" / "1.png")
    assert fingerprint(str(root / "table.csv")) == before


@pytest.mark.parametrize("name", ["cat/2.png", "other.txt"])
def test_a_csv_file_has_nothing_to_do_with_folders_that_its_cells_name(root, name):
    table = root / "table.csv"
    table.write_text("image,label,note\ncat/1.png,cat,\n")  # empty: the folder itself
    before = fingerprint(str(table))
    rewrite((root / name).parent)
    (root / name).touch()
    assert fingerprint(str(table)) == before


def test_links_in_a_circle_have_an_end(root):
    (root / "cat" / "round").symlink_to(root)
    (root / "cat" / "self").symlink_to("self")
    assert len(fingerprint(str(root))) == 16


def test_nothing_has_a_fingerprint_of_zeros(tmp_path):
    assert fingerprint(str(tmp_path / "no")) == "0" * 16
