from pathlib import Path

import pytest

from pipeline.formatting import (
    format_duration,
    format_parameters,
    format_size,
    format_value,
    shorten_path,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0s"),
        (4.24, "4.2s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (61, "1m 01s"),
        (119.6, "2m 00s"),
        (3599.6, "1h 00m"),
        (7620, "2h 07m"),
    ],
)
def test_durations_are_short(seconds, words):
    assert format_duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_340_000, "1.3 MB"),
        (2_000_000_000_000, "2.0 TB"),
    ],
)
def test_sizes_are_in_the_largest_unit(count, words):
    assert format_size(count) == words


def test_values_take_one_line():
    assert format_value('{\n  "a": [1]\n}') == '{"a":[1]}'
    assert format_value("two\nlines") == "two lines"
    assert format_value(None) == "-"
    assert format_parameters({"b": 0.001, "a": "x"}) == "a=x, b=0.001"


def test_folders_below_the_current_one_are_seen_from_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert shorten_path(Path.cwd() / "output" / "artifacts") == "output/artifacts"
    assert shorten_path("/elsewhere") == "/elsewhere"
    assert shorten_path("s3://bucket/output") == "s3://bucket/output"
