"""Releases, alone, under a server that follows them, and in random sequences."""

import shutil
import threading
import time
from functools import partial

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.errors import InputError
from components.pusher.model_config import (
    Served,
    config_path,
    ensure_config,
    read_served,
    write_served,
)
from components.pusher.retire import retire_versions
from components.pusher.versions import list_versions
from pipeline.serving import release_plan, releasing
from pipeline.serving.release_plan import version_before
from pipeline.serving.releasing import Releaser
from pipeline.serving.rest_client import RestClient
from tests.support.quick_loading import load_in_this_process
from tests.support.servers.processes import free_port
from tests.support.servers.tf_serving import tf_serving_of_config
from tests.support.tiny_model import damage, push, save_tiny_model, served_folder

POLL_SECONDS = 0.05


@pytest.fixture(autouse=True)
def quick_loading(request, monkeypatch):
    """Loads versions in this process, but for some tests in one of their own."""
    if not any(each in request.node.name for each in ("damaged", "served_alone")):
        monkeypatch.setattr(releasing, "ask_in_fresh_process", load_in_this_process)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def serving_dir(tmp_path, model):
    """A served folder with the versions 1, 2 and 3."""
    folder = served_folder(tmp_path, model)
    ensure_config(str(folder))
    return folder


def change(action, version):
    return partial(getattr(release_plan, action), version=version)


def release(serving_dir, action, version, *servers, timeout=30):
    releaser = Releaser(str(serving_dir), servers, timeout)
    served = releaser.release(change(action, version), version)
    releaser.wait(served, version)
    return served


def unpin(serving_dir, labels_too=False):
    return Releaser(str(serving_dir)).release(
        partial(release_plan.unpin, labels_too=labels_too)
    )


def test_a_promoted_version_is_stable_and_served_alone(serving_dir):
    served = release(serving_dir, "promote", 2)
    assert served == Served(frozenset({2}), {"stable": 2})
    assert read_served(str(serving_dir)) == served


def test_a_canary_is_served_beside_the_stable_version(serving_dir):
    release(serving_dir, "promote", 2)
    release(serving_dir, "pin", 3)
    served = release(serving_dir, "canary", 3)
    assert served == Served(frozenset({2, 3}), {"stable": 2, "canary": 3})
    assert release(serving_dir, "promote", 3) == Served(
        frozenset({3}), {"stable": 3, "canary": 3}
    )


def test_a_canary_without_a_stable_version_is_refused(serving_dir):
    with pytest.raises(InputError, match="`promote` the version that most clients"):
        release(serving_dir, "canary", 3)
    assert read_served(str(serving_dir)) == Served()


def test_a_rollback_gives_all_clients_one_version(serving_dir):
    release(serving_dir, "promote", 2)
    release(serving_dir, "canary", 2)
    release(serving_dir, "pin", 3)
    served = release(serving_dir, "roll_back", 3)
    assert served == Served(frozenset({3}), {"stable": 3, "canary": 3})


def test_a_rollback_without_labels_makes_none(serving_dir):
    assert release(serving_dir, "roll_back", 1) == Served(frozenset({1}))


def test_a_pinned_version_holds_the_server_until_it_is_unpinned(serving_dir):
    assert release(serving_dir, "pin", 3) == Served(frozenset({3}))
    assert unpin(serving_dir) == Served()


def test_unpinning_leaves_the_labels_unless_told_otherwise(serving_dir):
    release(serving_dir, "pin", 1)
    served = Served(frozenset({1, 3}), {"stable": 3})
    write_served(str(serving_dir), served)
    assert unpin(serving_dir) == Served(frozenset({3}), {"stable": 3})
    assert unpin(serving_dir, labels_too=True) == Served()


@pytest.mark.parametrize("action", ["promote", "roll_back", "pin"])
def test_a_version_that_is_not_there_is_refused(serving_dir, action):
    before = config_path(str(serving_dir)).read_bytes()
    with pytest.raises(InputError, match=r"received 7; .* has 1, 2, 3; name one"):
        release(serving_dir, action, 7)
    assert config_path(str(serving_dir)).read_bytes() == before


@pytest.mark.parametrize("action", ["promote", "roll_back", "pin"])
def test_a_damaged_version_is_refused(serving_dir, action):
    damage(serving_dir, 2)
    before = config_path(str(serving_dir)).read_bytes()
    with pytest.raises(InputError, match=r"2 in .* is damaged: .*another one: 1, 3"):
        release(serving_dir, action, 2)
    assert config_path(str(serving_dir)).read_bytes() == before


def test_a_folder_without_versions_is_refused_and_nothing_is_made(tmp_path):
    with pytest.raises(InputError, match="must be a pushed version"):
        release(tmp_path / "serving" / "tiny", "promote", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_that_names_what_is_gone_is_not_built_upon(serving_dir):
    release(serving_dir, "promote", 3)
    shutil.rmtree(serving_dir / "3")
    with pytest.raises(InputError, match=r"lacks 3, which the configuration names"):
        release(serving_dir, "pin", 2)
    write_served(str(serving_dir), Served(frozenset({3})))
    assert release(serving_dir, "roll_back", 2) == Served(frozenset({2}))


@pytest.mark.parametrize(
    ("served", "proven", "taken_back", "expected"),
    [
        (Served(), (), (), 2),
        (Served(frozenset({2})), (), (), 1),
        (Served(), (1, 3), (), 1),
        (Served(frozenset({2, 3}), {"stable": 2, "canary": 3}), (), (), 1),
        (Served(frozenset({3}), {"stable": 3}), (9,), (), 2),
        (Served(frozenset({3}), {"stable": 3}), (1, 2, 3), (2,), 1),
        (Served(frozenset({3}), {"stable": 3}), (2, 3), (2,), 1),
    ],
)
def test_a_rollback_goes_to_the_version_before(
    serving_dir, served, proven, taken_back, expected
):
    assert version_before(str(serving_dir), served, proven, taken_back) == expected


@pytest.mark.parametrize(("current", "taken_back"), [(1, ()), (3, (1, 2))])
def test_without_a_version_to_go_back_to_one_must_be_named(
    serving_dir, current, taken_back
):
    sentence = rf"older .* served, {current}, .* has 1, 2, 3; name the version to serve"
    with pytest.raises(InputError, match=sentence):
        version_before(
            str(serving_dir), Served(frozenset({current})), taken_back=taken_back
        )


@pytest.fixture
def server(serving_dir):
    with tf_serving_of_config(config_path(str(serving_dir)), POLL_SECONDS) as server:
        yield server


def client(server, timeout=10):
    return RestClient(server.rest, "tiny", None, timeout, "--rest")


def ask(server, path=""):
    body = {"instances": [1.0]}
    url = f"{server.rest}/v1/models/tiny{path}:predict"
    return requests.post(url, json=body, timeout=10).status_code


def test_a_release_returns_once_the_server_has_followed(serving_dir, server):
    release(serving_dir, "promote", 1, client(server))
    assert server.model.available() == [1]
    assert server.model.labels == {"stable": 1}
    assert ask(server, "/labels/stable") == 200


def test_a_label_moves_to_an_unloaded_version_without_a_gap(serving_dir, server):
    release(serving_dir, "promote", 3, client(server))
    codes = []
    done = threading.Event()

    def ask_again_and_again():
        while not done.is_set():
            codes.append((ask(server, "/labels/stable"), ask(server)))

    thread = threading.Thread(target=ask_again_and_again)
    thread.start()
    try:
        for action, version in (("promote", 1), ("canary", 2), ("roll_back", 3)):
            release(serving_dir, action, version, client(server))
    finally:
        done.set()
        thread.join()
    assert set(codes) == {(200, 200)}
    assert read_served(str(serving_dir)) == Served(
        frozenset({3}), {"stable": 3, "canary": 3}
    )


def test_all_servers_have_a_version_before_a_label_moves(serving_dir, server):
    config = config_path(str(serving_dir))
    with tf_serving_of_config(config, 20 * POLL_SECONDS) as slow:
        for version in (3, 1, 2):
            release(serving_dir, "promote", version, client(server), client(slow))
            for each in (server, slow):
                assert each.model.labels == {"stable": version}
                assert each.model.available() == [version]


def test_without_the_servers_address_a_label_moves_to_loaded_versions_only(
    serving_dir, server
):
    release(serving_dir, "promote", 3)
    with pytest.raises(InputError, match="the server loads 3; name the server with"):
        release(serving_dir, "roll_back", 1)
    assert read_served(str(serving_dir)) == Served(frozenset({3}), {"stable": 3})
    release(serving_dir, "roll_back", 1, client(server))
    assert server.model.available() == [1]


def test_a_server_that_does_not_answer_is_said_before_anything_changes(serving_dir):
    nobody = RestClient(f"http://127.0.0.1:{free_port()}", "tiny", None, 1, "--rest")
    with pytest.raises(InputError, match=r"No server answers at .*another --rest"):
        release(serving_dir, "promote", 3, nobody)
    assert read_served(str(serving_dir)) == Served()


def test_what_was_served_is_served_again_if_the_server_cannot_load(
    serving_dir, server, monkeypatch
):
    release(serving_dir, "promote", 3, client(server))
    # Only the server's loader refuses it, as one of another version may.
    monkeypatch.setattr(server.model, "load", lambda number, folder: None)
    with pytest.raises(InputError, match=r"must serve 1 after 0\.5 s; it doesn't"):
        release(serving_dir, "promote", 1, client(server), timeout=0.5)
    assert read_served(str(serving_dir)) == Served(frozenset({3}), {"stable": 3})


def test_a_server_that_is_away_for_a_moment_undoes_nothing(serving_dir, server):
    release(serving_dir, "promote", 3, client(server))
    asked = []

    class Busy(RestClient):
        def states(self, label=None):
            asked.append(label)
            if len(asked) in (2, 4, 5):
                raise InputError("The server gave no answer within 10 s.")
            return super().states(label)

    release(serving_dir, "roll_back", 1, Busy(server.rest, "tiny", None, 10, "--rest"))
    assert len(asked) > 5
    assert server.model.labels == {"stable": 1}


def test_a_release_counts_if_a_server_does_not_follow_in_time(serving_dir, server):
    releaser = Releaser(str(serving_dir), [client(server)], 0.5)
    server.model.load = lambda number, folder: None
    served = releaser.release(change("pin", 1), 1)
    with pytest.raises(InputError, match=r"must serve 1 after 0\.5 s; it doesn't"):
        releaser.wait(served, 1)
    assert read_served(str(serving_dir)) == served == Served(frozenset({1}))


class Poller:
    """Reads the configuration all the time, and looks for what it names."""

    def __init__(self, serving_dir):
        self.faults = []
        self.reads = 0
        self._path = config_path(str(serving_dir))
        self._serving_dir = str(serving_dir)

    def look(self):
        before = self._path.read_bytes()
        try:
            needed = read_served(self._serving_dir).needed
        except InputError as error:
            self.faults.append(str(error))
            return
        missing = needed.difference(list_versions(self._serving_dir))
        # What has changed meanwhile may have gone with good reason.
        if self._path.read_bytes() == before:
            self.reads += 1
            if missing:
                self.faults.append(f"{missing} are named and not there")

    def __enter__(self):
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look_again_and_again)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        self.look()

    def _look_again_and_again(self):
        while not self._done.is_set():
            self.look()
            time.sleep(0.001)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["push", "promote", "canary", "roll_back", "pin", "unpin"]),
        st.integers(0, 6),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_is_done_the_configuration_is_whole_and_names_what_is_there(
    model, tmp_path_factory, steps
):
    serving_dir = tmp_path_factory.mktemp("served") / "serving" / "tiny"
    serving_dir.mkdir(parents=True)
    newest = push(model, serving_dir, 1)
    ensure_config(str(serving_dir))
    with Poller(serving_dir) as poller:
        for action, back, flag in steps:
            before = read_served(str(serving_dir))
            version = newest - back
            if action == "push":
                newest = push(model, serving_dir, newest + 1)
                retired = retire_versions(str(serving_dir), 2, set())
                assert not before.needed.intersection(retired)
                continue
            there = version in list_versions(str(serving_dir))
            try:
                if action == "unpin":
                    after = unpin(serving_dir, flag)
                else:
                    after = release(serving_dir, action, version)
                    assert there
                    assert version in after.versions
            except InputError:
                after = before
            assert read_served(str(serving_dir)) == after
            assert after.needed == after.versions
            assert after.versions.issubset(list_versions(str(serving_dir)))
            if action not in ("unpin", "roll_back"):
                assert set(before.labels) <= set(after.labels)
    assert poller.faults == []
    assert poller.reads


def test_pushes_and_releases_at_the_same_time_leave_no_gap(model, serving_dir):
    faults, made = [], []

    def push_again_and_again():
        for version in range(4, 40):
            push(model, serving_dir, version)
            retire_versions(str(serving_dir), 2, set())

    def release_again_and_again():
        while thread.is_alive():
            for action in ("promote", "pin", "roll_back"):
                version = list_versions(str(serving_dir))[-1]
                try:
                    made.append(release(serving_dir, action, version))
                except InputError as error:
                    faults.append(str(error))
            unpin(serving_dir, labels_too=True)

    thread = threading.Thread(target=push_again_and_again)
    with Poller(serving_dir) as poller:
        thread.start()
        release_again_and_again()
        thread.join()
    assert poller.faults == []
    assert made
    assert poller.reads
    # A version may have gone before it was named; then it isn't named.
    refusals = ("A label can move only to", "A version to serve must be a pushed one")
    assert [fault for fault in faults if not fault.startswith(refusals)] == []
