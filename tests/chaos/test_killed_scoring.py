"""`kill -9` of `score`, at random moments until it has ended by itself."""

import os
import random
import signal
import subprocess
import sys
import time

import pyarrow.parquet
import pytest

from tests.chaos import runs
from tests.support.scorable_output import draw, make_output, write_records

pytestmark = pytest.mark.chaos

SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().getrandbits(32)
SHARDS, IMAGES = (10, 600) if runs.SHORT else (30, 2000)
# Without a kill after this many, a slow machine would never come to the end.
KILLS = 3 if runs.SHORT else 10


def test_a_killed_score_ends_with_every_image_once(tmp_path, exported):
    print(f"\nCHAOS_SEED={SEED}")
    chance = random.Random(SEED)
    output = make_output(tmp_path / "output", exported.folder)
    for number in range(SHARDS):
        write_records(tmp_path / "in" / f"{number:02}.tfrecord", draw(IMAGES, number))
    result = tmp_path / "scores.parquet"
    parts = tmp_path / "scores.parquet.parts"
    for number in range(KILLS):
        before = len(list(parts.glob("*.parquet")))
        process = start(tmp_path / "in", result, output)
        # Once it has come further than the one before, so that kills hit the scoring.
        while process.poll() is None and len(list(parts.glob("*.parquet"))) <= before:
            time.sleep(0.01)
        time.sleep(chance.random())
        if process.poll() is not None:
            assert process.returncode == 0
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        print(f"{number + 1}. killed with {len(list(parts.glob('*.parquet')))} parts")
        if result.exists():
            break  # it had only to end
    process = start(tmp_path / "in", result, output)
    assert process.wait(timeout=600) == 0
    files = pyarrow.parquet.read_table(result)["file"].to_pylist()
    assert files == [
        f"{tmp_path}/in/{number:02}.tfrecord#{at}"
        for number in range(SHARDS)
        for at in range(IMAGES)
    ]
    assert not parts.exists()


def start(folder, result, output):
    return subprocess.Popen(
        [
            sys.executable,
            *("-m", "pipeline", "score", str(folder), "--to", str(result)),
            *("--output", str(output), "--no-drift"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
