"""A reader of a served folder, as TensorFlow Serving is one."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf

from tests.support.servers.processes import wait_until


class Reader:
    """Loads every version that a server would load, the moment it appears.

    Attributes:
        loaded: Names of the versions, in the order in which they appeared.
        faults: What was wrong with any of them.
    """

    def __init__(self, serving_dir: Path, ask: Callable[[Any], object]):
        self.loaded: list[str] = []
        self.faults: list[str] = []
        self._serving_dir = serving_dir
        self._ask = ask

    def look(self) -> None:
        """Loads and asks what is new, and looks whether all else is still whole."""
        for folder in self._serving_dir.glob("*"):
            if folder.name.isdecimal() and folder.name not in self.loaded:
                try:
                    self._ask(tf.saved_model.load(str(folder)))
                except Exception as error:
                    self.faults.append(f"{folder.name}: {error}")
                self.loaded.append(folder.name)
        for version in self.loaded:
            folder = self._serving_dir / version
            # A version may go as a whole, but not piece by piece.
            if not (folder / "saved_model.pb").is_file() and folder.is_dir():
                self.faults.append(f"{version} is no longer whole")

    def wait_for(self, versions: Iterable[str]) -> None:
        """Waits until these versions have been loaded.

        Raises:
            TimeoutError: If that takes longer than a minute.
        """
        awaited = set(versions)
        wait_until(lambda: awaited <= set(self.loaded), f"Loading {awaited}", 60)


@contextmanager
def reading(
    serving_dir: Path, ask: Callable[[Any], object] | None = None
) -> Iterator[Reader]:
    """Has a thread read a served folder; it has seen the last state at the end.

    Args:
        serving_dir: Folder of the versions, which need not be there yet.
        ask: What each loaded model is asked; to classify an image if not given.
    """
    reader = Reader(serving_dir, ask or _classify)
    done = threading.Event()

    def look_again_and_again() -> None:
        while not done.wait(0.01):
            reader.look()
        reader.look()

    thread = threading.Thread(target=look_again_and_again)
    thread.start()
    try:
        yield reader
    finally:
        done.set()
        thread.join()


def _classify(model: Any) -> None:
    answers = model.signatures["predict_images"](images=tf.zeros([1, 28, 28], tf.uint8))
    assert answers["probabilities"].shape == (1, 10)
