"""Progress of work, from any thread to one listener."""

import threading

import pytest

from components.progress import advance, listen_to_progress, report_progress, work_on


@pytest.fixture
def reported():
    """What the listener was told."""
    told = []
    with listen_to_progress(lambda *each: told.append(each)):
        yield told


def test_each_part_of_the_work_is_reported(reported):
    assert list(work_on("reading", "ab", 2)) == ["a", "b"]
    assert reported == [("reading", 0, 2), ("reading", 1, 2), ("reading", 2, 2)]


def test_parts_that_other_threads_do_are_counted_too(reported):
    for _ in work_on("writing", "a", 1):
        threads = [threading.Thread(target=advance, args=(2,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [each[1] for each in reported] == [0, 2, 4, 6, 7]


def test_without_work_nothing_advances(reported):
    advance()
    assert reported == []


def test_the_former_listener_listens_again(reported):
    with listen_to_progress(lambda *each: None):
        report_progress("inner", 1, None)
    report_progress("outer", 1, None)
    assert reported == [("outer", 1, None)]


def test_nobody_has_to_listen():
    report_progress("unheard", 1, 2)
    assert list(work_on("unheard", "ab", 2)) == ["a", "b"]
