import os

from pipeline.scoring.image_shards import find_shards


def test_a_part_with_other_titles_is_another_one(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    (relative,) = find_shards(["a.jsonl"])
    (absolute,) = find_shards([str(tmp_path)])
    assert relative.requests == absolute.requests
    assert relative.digest != absolute.digest


def test_a_folder_gives_images_records_and_requests_each_once(tmp_path, monkeypatch):
    kept = ("a.png", "tfrecord_plot.png", "in/b.tfrecord", "in/c.jsonl")
    for name in (*kept, ".hidden.jsonl", "notes.txt"):
        file = tmp_path / "day" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    os.mkfifo(tmp_path / "day" / "pipe.jsonl")
    monkeypatch.chdir(tmp_path)
    images, records, requests = find_shards(["day", str(tmp_path / "day")])
    assert [file.path.name for file in images.files] == ["a.png", "tfrecord_plot.png"]
    assert records.title == "day/in/b.tfrecord"
    assert requests.title == "day/in/c.jsonl"
