"""What the system lacked, by the words in which it is reported."""

import errno

import pytest

from components.errors import NodeFailedError
from pipeline.commands.error_sentences import Failure, errors_as_sentences


@pytest.mark.parametrize(
    ("error", "beginning"),
    [
        (OSError(errno.ENOSPC, ""), "The disk is full"),
        (RuntimeError("database or disk is full"), "The disk is full"),
        (OSError(errno.EMFILE, ""), "Too many files are open"),
        (OSError(errno.EROFS, ""), "The folder is read-only"),
        (MemoryError(), "Memory ran out"),
        (RuntimeError("std::bad_alloc"), "Memory ran out"),
        (
            SystemError("<function f> returned NULL without setting an exception"),
            "Memory ran out",
        ),
        (SystemError("error return without exception set"), "Memory ran out"),
    ],
)
def test_a_shortage_is_named_wherever_it_came_from(error, beginning):
    def fail():
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("A stage failed.") from cause

    with pytest.raises(Failure) as raised, errors_as_sentences(debug=False):
        fail()
    assert raised.value.message.startswith(beginning)
    assert "then run the same command again; --debug" in raised.value.message


def test_after_a_shortage_in_a_stage_the_others_are_reused():
    error = NodeFailedError("Trainer failed.")
    error.__cause__ = OSError(errno.ENOSPC, "")
    with pytest.raises(Failure) as raised, errors_as_sentences(debug=False):
        raise error
    assert raised.value.message.startswith("The disk is full")
    assert "which reuses the completed stages; --debug" in raised.value.message
