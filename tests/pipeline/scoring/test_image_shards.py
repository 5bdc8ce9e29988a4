from pipeline.scoring.image_shards import find_shards


def test_a_part_with_other_titles_is_another_one(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    (relative,) = find_shards(["a.jsonl"])
    (absolute,) = find_shards([str(tmp_path)])
    assert relative.requests == absolute.requests
    assert relative.digest != absolute.digest
