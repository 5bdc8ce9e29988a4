"""Debian systems that nobody prepared, in containers."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("python3", "python3-venv", "make", "git", "ca-certificates")
USER = "newcomer"
# Keeps what uv downloads between runs; a system has nothing else that isn't its own.
# Home is on the same volume, as it would be on the same disk elsewhere.
VOLUME = "fashion-mnist-fresh"
CACHE = "/home/.uv-cache"
HOST = "/run/host"
# Unlike `sleep`, bash reaps what is orphaned, as a system's first process does.
FIRST_PROCESS = ("bash", "-c", "while :; do sleep 3600 & wait; done")


def container_engine() -> str:
    """Returns the command of the container engine: Docker's, else Podman's."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "info"], capture_output=True).returncode == 0:
        return docker
    return "podman"


class DebianSystem:
    """A running system with an ordinary user and a clone of this repository's HEAD.

    Attributes:
        home: The user's home, which holds nothing but the clone.
        project: The clone.
    """

    def __init__(
        self, image: str, host_files: Path, options: Sequence[str] = ()
    ) -> None:
        """Starts the system.

        Args:
            image: Name of its image.
            host_files: Folder that it may read at `HOST`, with the bundle of the
                repository and what `registry_access` wrote.
            options: More options for the engine's `run`.
        """
        self._engine = container_engine()
        self._name = f"fresh-{uuid.uuid4().hex[:8]}"
        self.home = f"/home/{self._name}"
        self.project = f"{self.home}/project"
        command = [self._engine, "run", "--detach", "--name", self._name]
        command += [f"--volume={VOLUME}:/home", f"--volume={host_files}:{HOST}:ro"]
        command += ["--shm-size=1g"]
        if not any(option.startswith("--network") for option in options):
            command += ["--network=host"]
        subprocess.run(
            [*command, *options, image, *FIRST_PROCESS], check=True, capture_output=True
        )
        self.run(
            f"mkdir -p {CACHE} && useradd --home-dir {self.home} {USER} &&"
            f" mkdir {self.home} && chown {USER}: {self.home} {CACHE}",
            user="root",
            folder="/",
        ).check_returncode()

    def clone(self) -> None:
        """Clones the repository's HEAD, as a user would."""
        self.run(
            f"git clone --quiet {HOST}/repository.bundle project", folder=self.home
        ).check_returncode()

    def command(
        self,
        script: str,
        user: str = USER,
        folder: str | None = None,
        options: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Returns the command that runs a script in the system.

        Args:
            script: For bash.
            user: Who runs it.
            folder: Where; the clone by default.
            options: More options for the engine's `exec`.
            variables: Environment variables for it.
        """
        home = "/root" if user == "root" else self.home
        environment = {
            "HOME": home,
            "UV_CACHE_DIR": CACHE,
            "PIP_CONFIG_FILE": f"{HOST}/pip.conf",
            **{name: os.environ[name] for name in PROXIES if name in os.environ},
            **(variables or {}),
        }
        return [
            *(self._engine, "exec", "--user", user),
            *("--workdir", folder or self.project),
            *(f"--env={name}={value}" for name, value in environment.items()),
            *options,
            *(self._name, "bash", "-c", script),
        ]

    def run(self, script: str, **kwargs) -> subprocess.CompletedProcess[str]:
        """Runs a script and waits for it.

        Args:
            script: For bash.
            **kwargs: As for `command`.

        Returns:
            Its exit code and all that it printed, as `stdout`.
        """
        return subprocess.run(
            self.command(script, **kwargs),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_as_root(self, script: str) -> None:
        """Runs a script as root, from the root folder."""
        finished = self.run(script, user="root", folder="/")
        assert finished.returncode == 0, finished.stdout

    def interrupt(self, script: str, once: str, **kwargs) -> str:
        """Runs a script in a terminal, and presses Ctrl-C there.

        Args:
            script: For bash.
            once: What the terminal is to show before it is pressed.
            **kwargs: As for `command`.

        Returns:
            What the terminal showed, its exit code at the end.
        """
        terminal, inside = pty.openpty()
        script = f"trap : INT; {script}; echo exit code $?"
        process = subprocess.Popen(
            self.command(script, options=("-it",), **kwargs),
            stdin=inside,
            stdout=inside,
            stderr=inside,
        )
        os.close(inside)
        shown, pressed = b"", False
        # Reading fails once the other end is closed.
        with contextlib.suppress(OSError):
            while read := os.read(terminal, 4096):
                shown += read
                if not pressed and once.encode() in shown:
                    os.write(terminal, b"\x03")
                    pressed = True
        process.wait()
        os.close(terminal)
        text = shown.decode(errors="replace")
        assert pressed, text
        return text

    def remove(self) -> None:
        """Ends the system, and removes its home."""
        self.run(f"rm -rf {self.home}", user="root", folder="/")
        for verb in ("kill", "rm"):
            subprocess.run([self._engine, verb, self._name], capture_output=True)


PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def registry_access(folder: Path) -> None:
    """Writes this machine's own way to package indexes, for the systems to read.

    Args:
        folder: Where to write `pip.conf` and the certificates that it names.
    """
    lines = ["[global]"]
    for key in ("index-url", "extra-index-url", "trusted-host", "timeout"):
        value = os.environ.get(f"PIP_{key.replace('-', '_').upper()}") or _pip(key)
        if value:
            lines.append(f"{key} = {value.strip()}".replace("\n", "\n  "))
    certificates = Path(
        os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    )
    if certificates.exists():
        shutil.copy(certificates, folder / "ca-certificates.crt")
        lines.append(f"cert = {HOST}/ca-certificates.crt")
    (folder / "pip.conf").write_text("\n".join(lines) + "\n")


def _pip(key: str) -> str:
    command = ["python3", "-m", "pip", "config", "get", f"global.{key}"]
    return subprocess.run(command, capture_output=True, text=True).stdout
