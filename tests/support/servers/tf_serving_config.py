"""How the stand-in for TensorFlow Serving follows its configuration.

As the real server started with `--model_config_file`, `--num_load_threads=2` and
`--allow_version_labels_for_unavailable_models`: it looks at the file and at the folder
again and again, loads what is named and there, and unloads all else. A configuration
that moves a label to a version that isn't loaded is refused as a whole.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from tests.support.servers.processes import wait_until
from tests.support.servers.tf_serving_model import AVAILABLE, ServedModel


class Follower:
    """Loads and unloads versions as a configuration says.

    Attributes:
        model: The model whose versions it loads.
        faults: What it couldn't read.
    """

    def __init__(self, config: Path):
        """Reads the configuration for the first time.

        Args:
            config: Its path. The versions are in the folder beside it that has the
                last name of its base path.
        """
        self._path = config
        self._config = self._read()
        self.model = ServedModel(self._config.name)
        self.faults: list[str] = []

    def look(self) -> None:
        """Reads the file and the folder, and follows them."""
        try:
            self._take(self._read())
        except (OSError, ValueError, text_format.ParseError) as error:
            self.faults.append(str(error))
        folder = self._path.parent / Path(self._config.base_path).name
        there = sorted(
            int(each.name) for each in folder.glob("*") if each.name.isdecimal()
        )
        wanted = self._wanted(there)
        available = self.model.available()
        stays = [version for version in available if version in wanted]
        goes = [version for version in available if version not in wanted]
        if stays:
            # Only if others answer meanwhile, the old ones go before the new come.
            self._unload(goes)
        for version in wanted:
            if version not in self.model.states or (
                self.model.states[version] != AVAILABLE
                and version not in self.model.errors
            ):
                self.model.load(version, str(folder / str(version)))
        if not stays and (not wanted or self.model.available() != available):
            self._unload(goes)

    def _take(self, config) -> None:
        for label, version in config.version_labels.items():
            moved = self.model.labels.get(label, version) != version
            if moved and self.model.states.get(version) != AVAILABLE:
                raise ValueError(
                    f"Request to assign label to version {version} of model "
                    f"{config.name}, which is not currently available for inference"
                )
        self.model.labels = dict(config.version_labels)
        self._config = config

    def _wanted(self, there: list[int]) -> list[int]:
        policy = self._config.model_version_policy
        if policy.HasField("specific"):
            return [each for each in there if each in policy.specific.versions]
        if policy.HasField("all"):
            return there
        return there[-max(policy.latest.num_versions, 1) :]

    def _unload(self, versions: list[int]) -> None:
        for version in versions:
            self.model.unload(version)

    def _read(self):
        config = text_format.Parse(
            self._path.read_text(), model_server_config_pb2.ModelServerConfig()
        )
        (model,) = config.model_config_list.config
        return model


@contextmanager
def following(config: Path, poll_seconds: float) -> Iterator[ServedModel]:
    """Follows a configuration in a thread; a version answers when this returns.

    Args:
        config: Path of the configuration.
        poll_seconds: Time between two looks.
    """
    follower = Follower(config)
    done = threading.Event()

    def look_again_and_again() -> None:
        while not done.wait(poll_seconds):
            follower.look()

    thread = threading.Thread(target=look_again_and_again, daemon=True)
    thread.start()
    try:
        # As the real one, which opens its ports only then.
        wait_until(lambda: bool(follower.model.available()), "Loading a version", 60)
        yield follower.model
    finally:
        done.set()
        thread.join()
