"""The commands that change and list what is served, as users call them."""

import getpass
import json
import time

import pytest
from click.testing import CliRunner

from components.pusher.model_config import Served, config_path, read_served
from pipeline.__main__ import main
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.release_records import (
    Experience,
    load_experience,
    load_releases,
    record_release,
)
from pipeline.serving import releasing
from tests.support.metadata_store import FIRST_VERSION, PIPELINE
from tests.support.quick_loading import load_in_this_process
from tests.support.servers.tf_serving import tf_serving_of_config
from tests.support.tiny_model import damage, push, save_tiny_model

OLD, NEW, NEWEST = (FIRST_VERSION + number for number in range(3))


@pytest.fixture(autouse=True)
def quick_loading(request, monkeypatch):
    """Loads versions in this process, where a test isn't about one that is damaged."""
    if "damaged" not in request.node.name:
        monkeypatch.setattr(releasing, "ask_in_fresh_process", load_in_this_process)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def output(tmp_path, model, store_address):
    """An output folder with the versions of three of the runs in its store."""
    folder = tmp_path / "serving" / PIPELINE
    folder.mkdir(parents=True)
    for version in (OLD, NEW, NEWEST):
        push(model, folder, version)
    return tmp_path


def call(output, *arguments):
    words = [str(each) for each in arguments]
    return CliRunner().invoke(main, [*words, "--output", str(output)])


def done(output, *arguments):
    result = call(output, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def served(output):
    return read_served(str(output / "serving" / PIPELINE))


def listed(output, *arguments):
    return json.loads(done(output, "versions", "--format", "json", *arguments))


def test_versions_says_what_made_each_and_what_is_served(output):
    done(output, "promote", NEW)
    done(output, "pin", OLD)
    rows = listed(output)
    assert [row["version"] for row in rows] == [NEWEST, NEW, OLD]
    assert [row["run"] for row in rows] == ["run-0002", "run-0001", "run-0000"]
    assert all(0 < row["accuracy"] < 1 and row["bytes"] > 1000 for row in rows)
    assert [row["labels"] for row in rows] == [[], ["stable"], []]
    assert [row["pinned"] for row in rows] == [False, False, True]
    assert {row["state"] for row in rows} == {None}


def test_versions_needs_no_store(output):
    (output / "metadata.sqlite").unlink()
    assert [row["run"] for row in listed(output)] == [None] * 3
    assert "No version has been published" in done(
        output, "versions", "--pipeline-name", "other"
    )


def test_a_version_that_is_named_and_gone_is_shown(output):
    done(output, "pin", OLD)
    (output / "serving" / PIPELINE / str(OLD)).rename(output / "gone")
    assert listed(output)[-1]["bytes"] is None
    assert "missing" in done(output, "versions")


def test_a_release_is_recorded_with_who_when_and_why(output):
    done(output, "promote", NEW, "--reason", "better on bags")
    done(output, "pin", OLD)
    done(output, "rollback")
    done(output, "unpin", "--labels")
    store = open_existing_store(str(output / "metadata.sqlite"))
    promote, pin, rollback, unpin = load_releases(store)
    assert (promote.fact("action"), promote.fact("version")) == ("promote", str(NEW))
    assert promote.fact("user") == getpass.getuser()
    assert promote.fact("reason") == "better on bags"
    assert abs(promote.time.timestamp() - time.time()) < 60
    assert promote.artifact.uri == str(config_path(str(output / "serving" / PIPELINE)))
    assert (rollback.fact("action"), rollback.fact("version")) == ("rollback", str(OLD))
    assert (unpin.fact("action"), unpin.fact("version")) == ("unpin", "")
    assert unpin.about is None
    assert pin.fact("version") == str(OLD)
    # What was served newest has no record, and `unpin` leads to the newest again.
    known = Experience(frozenset({NEW, OLD}), frozenset({NEW}))
    assert load_experience(store, PIPELINE) == known
    assert load_experience(store, "other") == Experience()


def test_a_rollback_never_leads_to_what_was_taken_back(output):
    # Without a server's address, a label moves only to what is loaded: what is pinned.
    done(output, "promote", OLD)
    for version in (NEW, NEWEST):
        done(output, "pin", version)
        done(output, "promote", version)
        done(output, "pin", OLD)
        assert f"to load {OLD} (stable)" in done(output, "rollback")
    store = open_existing_store(str(output / "metadata.sqlite"))
    assert load_experience(store, PIPELINE).taken_back == {NEW, NEWEST}
    done(output, "pin", NEW)
    done(output, "promote", NEW)
    assert load_experience(store, PIPELINE).taken_back == {NEWEST}


def test_a_version_may_need_as_much_memory_as_it_was_allowed(output, monkeypatch):
    asked = []

    def ask(folder, signatures, calls, max_memory_mb, seconds):
        asked.append(max_memory_mb)
        return load_in_this_process(folder, signatures, calls, max_memory_mb, seconds)

    monkeypatch.setattr(releasing, "ask_in_fresh_process", ask)
    done(output, "promote", NEW)
    done(output, "promote", NEW, "--max-memory-mb", 4096)
    assert asked == [2048, 4096]


def test_lineage_shows_the_releases_of_a_version(output):
    done(output, "promote", NEW, "--reason", "better on bags")
    tree = done(output, "lineage", NEW)
    assert f"promote {NEW}, by {getpass.getuser()}, " in tree
    assert '"better on bags"' in tree
    for form in ("json", "mermaid", "dot", "html"):
        assert "better on bags" in done(output, "lineage", NEW, "--format", form)


def test_gc_keeps_to_what_runs_made(output):
    store_file = output / "metadata.sqlite"
    # The runs of this store were made in another folder.
    record_release(
        open_existing_store(str(store_file), writable=True),
        *("promote", NEW, NEW, "/output/artifacts/tiny.config", ""),
    )
    words = ["gc", "--keep", "1", "--output", "/output", "--metadata", str(store_file)]
    listed = CliRunner().invoke(main, words)
    assert listed.exit_code == 0, listed.output
    assert "Model" in listed.output
    assert "Release" not in listed.output


def test_without_a_store_a_release_is_made_and_it_is_said(output):
    (output / "metadata.sqlite").unlink()
    result = call(output, "rollback", OLD)
    assert result.exit_code == 0
    assert "Warning: ML Metadata has no record of this: There are no runs" in (
        result.stderr
    )
    assert served(output) == Served(frozenset({OLD}))


def test_rollback_goes_to_the_version_that_was_promoted_before(output):
    done(output, "promote", OLD)
    done(output, "pin", NEWEST)
    done(output, "promote", NEWEST)
    done(output, "pin", OLD)
    done(output, "rollback")
    assert served(output) == Served(frozenset({OLD}), {"stable": OLD})


def test_pin_holds_the_version_that_is_served(output):
    assert f"load {NEWEST} (pinned), and nothing else" in done(output, "pin")
    assert "the newest versions" in done(output, "unpin")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["promote", "7"], "must be a pushed one; received 7"),
        (["canary", NEW], "`canary` needs a stable version"),
        (["promote", NEW, "--rest", "localhost:8501"], "--rest must be http://HOST"),
        (["promote", NEW, "--pipeline-name", "cats"], "There must be a pushed version"),
        (["rollback", "--output", "gs://bucket"], "must be a folder on this machine"),
    ],
)
def test_what_would_be_an_outage_is_refused_in_a_sentence(output, arguments, sentence):
    result = CliRunner().invoke(
        main, [arguments[0], "--output", str(output), *map(str, arguments[1:])]
    )
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert served(output) == Served()
    assert not (output / "serving" / "cats.lock").exists()


def test_a_damaged_version_is_refused(output):
    damage(output / "serving" / PIPELINE, NEW)
    result = call(output, "promote", NEW)
    assert result.exit_code == 1
    assert "is damaged" in result.stderr


def test_rollback_says_how_long_the_server_took(output):
    done(output, "unpin")  # writes the configuration, as the Pusher does
    config = config_path(str(output / "serving" / PIPELINE))
    with tf_serving_of_config(config, 0.05) as server:
        done(output, "promote", NEWEST, "--rest", server.rest)
        assert [row["state"] for row in listed(output, "--rest", server.rest)] == [
            "AVAILABLE",
            "END",
            None,
        ]
        printed = done(output, "rollback", OLD, "--rest", server.rest)
        assert f"It answers with {OLD} after " in printed
        assert server.model.available() == [OLD]
        assert server.model.labels == {"stable": OLD}
