"""What set-up says on machines on which it can't work, before it changes anything.

The machines are doubles: `uname`, `df` and the Pythons answer as those machines would.
tests/fresh has real ones, of Debian.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TOOLS = [
    "awk",
    "bash",
    "cat",
    "dirname",
    "du",
    "env",
    "grep",
    "id",
    "mkdir",
    "readlink",
    "rm",
]
TOOLS += ["sed", "sleep", "tail", "wc"]


class Machine:
    """A machine with a copy of the set-up, and no program but those it is given."""

    def __init__(self, folder: Path, system: str = "Linux", processor: str = "x86_64"):
        self.project = folder / "project"
        self.programs = folder / "programs"
        self.processor = processor
        shutil.copytree(ROOT / "environment", self.project / "environment")
        self.programs.mkdir()
        for tool in TOOLS:
            path = shutil.which(tool)
            assert path, tool
            (self.programs / tool).symlink_to(path)
        self.add("uname", f'[ "$1" = -s ] && echo {system} || echo {processor}')
        self.add_free_disk(200)

    def add(self, name: str, script: str = "") -> None:
        """Adds a program."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def add_free_disk(self, gigabytes: float) -> None:
        kilobytes = int(gigabytes * 1e9 / 1024) + 1
        self.add("df", f"echo disk 300000000 1 {kilobytes} 2% / with a space")

    def add_python(self, name, version, glibc="2.36", missing="nothing", machine=None):
        """Adds a Python that describes itself so, and can do nothing else."""
        facts = [version, self.path_of(name), "/usr", machine or self.processor, glibc]
        lines = "\n".join([*facts, missing])
        self.add(name, f"cat <<'END'\n{lines}\nEND")

    def path_of(self, name: str) -> str:
        return str(self.programs / name)

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.programs), "HOME": str(self.project)}
        return subprocess.run(
            [self.project / "environment" / "set_up.sh"],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def refusal(self, **variables: str) -> str:
        """Returns the one sentence that set-up refuses with."""
        finished = self.set_up(**variables)
        assert finished.returncode == 1
        assert finished.stdout == ""
        assert not (self.project / ".venv").exists()
        assert finished.stderr.startswith("Error: ")
        assert finished.stderr.count("\n") == 1
        return finished.stderr.removeprefix("Error: ").strip()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("system", "processor"),
    [("Linux", "aarch64"), ("Darwin", "x86_64"), ("MINGW64_NT-10.0", "x86_64")],
)
def test_a_platform_without_wheels_is_refused(tmp_path, system, processor):
    machine = Machine(tmp_path, system, processor)
    machine.add_python("python3.11", "3.11.2")
    assert machine.refusal() == (
        "TFX's packages have wheels only for Linux on x86-64 and for macOS on arm64, "
        f"and this machine is {system} on {processor}: use one of those two (on "
        "Windows, Linux in WSL2)."
    )


@pytest.mark.parametrize("version", ["3.12.1", "3.13.0"])
def test_python_3_11_is_advised_where_newer_ones_need_a_newer_glibc(machine, version):
    name = f"python{version[:4]}"
    machine.add_python(name, version)
    assert machine.refusal() == (
        "With Python 3.12 and 3.13, TFX's packages need glibc 2.39, and Python "
        f"{version} ({machine.path_of(name)}) has glibc 2.36: use Python 3.11."
    )
    machine.add_python("python3.11", "3.11.2")
    assert "Setting up .venv with Python 3.11.2" in machine.set_up().stdout


def test_python_3_12_is_taken_where_glibc_is_new_enough(machine):
    machine.add_python("python3.12", "3.12.1", glibc="2.39")
    assert "Setting up .venv with Python 3.12.1" in machine.set_up().stdout


def test_the_pythons_that_do_not_fit_are_named(machine):
    machine.add_python("python3", "3.9.2")
    machine.add_python("python3.14", "3.14.0")
    assert machine.refusal() == (
        "Python 3.10 to 3.13 is needed, and there is only Python 3.9.2 "
        f"({machine.path_of('python3')}), Python 3.14.0 "
        f"({machine.path_of('python3.14')}) on the path: install Python 3.11, or name "
        "one with PYTHON=/path/to/python3.11."
    )
    machine.add_python("a-python", "3.11.2")
    assert "Setting up" in machine.set_up(PYTHON=machine.path_of("a-python")).stdout


def test_a_named_python_that_does_not_fit_is_refused(machine):
    machine.add_python("python3.11", "3.11.2")
    machine.add_python("python3.9", "3.9.2")
    assert machine.refusal(PYTHON="python3.9") == (
        "Python 3.10 to 3.13 is needed, and PYTHON names Python 3.9.2 "
        f"({machine.path_of('python3.9')}): name another one, or leave out PYTHON, so "
        "that set-up looks for one."
    )
    assert machine.refusal(PYTHON="python4") == (
        "PYTHON names python4, which can't be run as a Python: name another one, or "
        "leave out PYTHON, so that set-up looks for one."
    )
    assert "Setting up .venv with Python 3.11.2" in machine.set_up().stdout


def test_a_compiler_and_headers_are_asked_for_where_python_3_10_needs_them(machine):
    machine.add("apt-get")
    machine.add_python("python3.10", "3.10.13", missing="ensurepip headers")
    sentence = machine.refusal()
    assert sentence.startswith(
        f"Python 3.10.13 ({machine.path_of('python3.10')}) can't be used without "
        "its module ensurepip, a C++ compiler, its header file Python.h: "
        'run "apt-get install python3'
    )
    # Where 3.10 is the system's own Python, the packages don't name the version.
    packages = sentence.partition("install ")[2].replace("python3.10", "python3")
    assert packages == 'python3-venv g++ python3-dev" as root.'
    machine.add("c++")
    machine.add_python("python3.10", "3.10.13")
    assert "Setting up .venv with Python 3.10.13" in machine.set_up().stdout


def test_no_compiler_is_asked_for_with_python_3_11(machine):
    machine.add_python("python3.11", "3.11.2", missing="headers")
    assert "Setting up .venv with Python 3.11.2" in machine.set_up().stdout


def test_a_mac_needs_its_developer_tools(tmp_path):
    machine = Machine(tmp_path, "Darwin", "arm64")
    machine.add("xcode-select", "exit 2")
    machine.add("c++")
    machine.add_python("python3.13", "3.13.1", glibc="none")
    assert machine.refusal() == (
        f"Python 3.13.1 ({machine.path_of('python3.13')}) can't be used without "
        'a C++ compiler: run "xcode-select --install".'
    )
    machine.add("xcode-select")
    assert "Setting up .venv with Python 3.13.1" in machine.set_up().stdout


def test_a_python_for_another_processor_is_refused(tmp_path):
    machine = Machine(tmp_path, "Darwin", "arm64")
    machine.add_python("python3.11", "3.11.2", machine="x86_64")
    assert machine.refusal() == (
        f"Python 3.11.2 ({machine.path_of('python3.11')}) is built for x86_64, and "
        "this machine is arm64: use a Python that is built for arm64."
    )


def test_a_system_without_glibc_is_refused(machine):
    machine.add_python("python3.11", "3.11.2", glibc="none")
    assert machine.refusal() == (
        "TFX's packages need glibc, and Python 3.11.2 "
        f"({machine.path_of('python3.11')}) uses another C library: use a system with "
        "glibc, for example Debian, Ubuntu or Fedora."
    )


def test_a_full_disk_is_found_before_anything_is_done(machine):
    machine.add_python("python3.11", "3.11.2")
    machine.add_free_disk(5.91)
    assert machine.refusal() == (
        f"Set-up needs 6 GB of free disk, and {machine.project} has 5.9 GB: make room, "
        "or use a folder on a larger disk."
    )
    machine.add_free_disk(6)
    assert "Setting up" in machine.set_up().stdout


def test_a_second_set_up_leaves_the_first_alone(machine):
    machine.add_python("python3.11", "3.11.2")
    venv = machine.project / ".venv"
    venv.mkdir()
    (venv / ".unfinished").touch()
    holder = machine.project / ".set-up-process"
    with subprocess.Popen(["sleep", "60"]) as other:
        holder.write_text(f"{other.pid}\n")
        refused = machine.set_up()
        assert refused.returncode == 1
        assert refused.stderr == (
            f"Error: Another set-up (process {other.pid}) is changing {venv}: wait "
            "until it has ended, then run the same command again; if there is none, "
            f"remove {holder}.\n"
        )
        assert holder.exists()
        other.kill()
    assert "Setting up" in machine.set_up().stdout
    assert not holder.exists()
