"""Faults of a set-up on real systems: one sentence, and the advice in it works."""

import re

import pytest

from tests.fresh.debian_system import CACHE

pytestmark = pytest.mark.fresh

SUITES = ("bookworm", "trixie")


@pytest.fixture(params=SUITES)
def system(request, start_system):
    """A system of each Debian, with a clone in which nothing is set up."""
    system = start_system(request.param)
    system.clone()
    yield system
    system.remove()


@pytest.fixture
def debian_13(start_system):
    """A system of Debian 13, with a clone in which nothing is set up."""
    system = start_system("trixie")
    system.clone()
    yield system
    system.remove()


def refusal(system, command="make setup", **kwargs):
    """Returns the sentence with which set-up ends, all that it may print of a fault."""
    finished = system.run(command, **kwargs)
    assert finished.returncode == 2, finished.stdout  # make's own
    lines = finished.stdout.splitlines()
    assert re.fullmatch(r"make: \*\*\* .* Error 1", lines.pop()), finished.stdout
    error = lines.pop()
    assert error.startswith("Error: "), finished.stdout
    for line in lines:
        assert line.startswith(("Setting up .venv", "Creating .venv again, because"))
    return error.removeprefix("Error: ")


def begin_set_up(system, command="make setup", **kwargs):
    """Sets up in a terminal, until packages are being installed, and presses Ctrl-C.

    Returns:
        What it said before the first step.
    """
    shown = system.interrupt(command, once="Installing the packages: 2 s", **kwargs)
    assert "\r\nexit code 130\r\n" in shown
    assert "Interrupted: " in shown
    assert "Traceback" not in shown
    assert "Error: " not in shown
    return shown.partition("\r\n\r")[0].replace("\r\n", "\n")


def version_of_python(system):
    """Returns the version of the system's own Python, for example `3.13.5`."""
    return system.run("python3 --version").stdout.split()[1]


def set_up_uv(system):
    """Makes an environment without the packages; returns what set-up said."""
    finished = system.run("environment/set_up.sh uv")
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_the_virtual_environments_package_is_missing(system):
    system.run_as_root("apt-get purge --quiet --yes 'python3*-venv'")
    sentence = refusal(system)
    found = re.fullmatch(
        r"Python 3\.\d+\.\d+ \(/usr/bin/python3[.\d]*\) can't be used without "
        r'its module ensurepip: run "(apt-get install python3-venv)" as root\.',
        sentence,
    )
    assert found, sentence
    system.run_as_root(f"apt-get update && {found[1]} --yes")
    begin_set_up(system)


def test_there_is_no_python(debian_13):
    debian_13.run_as_root("apt-get purge --quiet --yes --auto-remove 'python3*'")
    sentence = refusal(debian_13)
    found = re.fullmatch(
        r"Python 3\.10 to 3\.13 is needed, and there is none on the path: run "
        r'"(apt-get install python3 python3-venv)" as root, or name one with '
        r"PYTHON=/path/to/python3\.11\.",
        sentence,
    )
    assert found, sentence
    debian_13.run_as_root(f"apt-get update && {found[1]} --yes")
    begin_set_up(debian_13)


def test_there_is_no_network(start_system):
    system = start_system("trixie", "--network=none")
    system.clone()
    # What was downloaded before would do without a network.
    variables = {"UV_CACHE_DIR": f"{system.home}/cache"}
    assert refusal(system, variables=variables) == (
        "Installing uv failed, because the package index can't be reached: connect to "
        "the network, or name an index that can be reached with PIP_INDEX_URL."
    )
    connected = start_system("trixie")
    connected.run_as_root(
        f"mv {system.project} {connected.project} && chown -R newcomer {connected.home}"
    )
    said = begin_set_up(connected)
    assert "Creating .venv again, because its set-up was not finished." in said


def test_the_index_cannot_be_reached_once_uv_is_there(debian_13):
    set_up_uv(debian_13)
    nobody = {
        "PIP_INDEX_URL": "http://user:secret@127.0.0.1:9/simple",
        "UV_CACHE_DIR": f"{debian_13.home}/cache",
    }
    finished = debian_13.run("make setup", variables=nobody)
    assert finished.returncode == 2
    assert finished.stdout.splitlines()[:-1] == [
        f"Bringing .venv (Python {version_of_python(debian_13)}) up to date with the "
        "locked packages.",
        "Error: Installing the packages failed, because 127.0.0.1:9 can't be reached: "
        "connect to the network, or name an index that can be reached with "
        "PIP_INDEX_URL.",
    ]
    begin_set_up(debian_13)


def test_there_is_too_little_disk(start_system):
    system = start_system("trixie", "--tmpfs=/small:size=5g,mode=1777")
    system.clone()
    system.run("cp -r . /small/project").check_returncode()
    assert refusal(system, folder="/small/project") == (
        "Set-up needs 6 GB of free disk, and /small/project has 5.4 GB: make room, or "
        "use a folder on a larger disk."
    )
    begin_set_up(system)


def test_the_folder_cannot_be_written(debian_13):
    debian_13.run_as_root(f"chown -R root: {debian_13.project}")
    assert refusal(debian_13) == (
        f"newcomer can't write to the folder {debian_13.project}: use your own copy of "
        "the project, or ask the folder's owner for the permission."
    )
    debian_13.run("cp -r project copy", folder=debian_13.home).check_returncode()
    begin_set_up(debian_13, folder=f"{debian_13.home}/copy")


def test_the_folder_for_downloads_cannot_be_written(debian_13):
    variables = {"UV_CACHE_DIR": "/opt/uv"}
    assert refusal(debian_13, variables=variables) == (
        "newcomer can't write to /opt, the folder for downloads: name another folder "
        "with UV_CACHE_DIR."
    )
    begin_set_up(debian_13, variables={"UV_CACHE_DIR": CACHE})


def test_a_damaged_environment_is_made_anew(debian_13):
    damages = {
        "rm -r .venv/lib/python3*/site-packages/pip": "it lacks pip",
        "rm .venv/lib/python3*/site-packages/pip/_internal/cli/main.py": "it lacks pip",
        "ln -sf /nowhere/python .venv/bin/python3.13": "its Python can't be run",
        "rm -r .venv/bin .venv/pyvenv.cfg": "its Python can't be run",
        "touch .venv/.unfinished": "its set-up was not finished",
    }
    set_up_uv(debian_13)
    for damage, reason in damages.items():
        debian_13.run(damage).check_returncode()
        said = set_up_uv(debian_13)
        assert said.startswith(
            f"Creating .venv again, because {reason}.\nSetting up .venv"
        )
        assert set_up_uv(debian_13) == ""


def test_an_environment_of_another_python_than_the_named_one_is_made_anew(debian_13):
    set_up_uv(debian_13)
    # The same Python in another place, with a prefix of its own.
    debian_13.run_as_root(
        "mkdir -p /opt/other/bin /opt/other/lib &&"
        " cp /usr/bin/python3.13 /opt/other/bin &&"
        " ln -s /usr/lib/python3.13 /opt/other/lib"
    )
    command = "make setup PYTHON=/opt/other/bin/python3.13"
    version = version_of_python(debian_13)
    assert (
        f"Creating .venv again, because it was made with Python {version} of /usr, and "
        f"PYTHON names /opt/other/bin/python3.13.\nSetting up .venv with Python "
        f"{version} (/opt/other/bin/python3.13)"
    ) in begin_set_up(debian_13, command)


def test_a_set_up_that_was_interrupted_recovers(debian_13):
    begin_set_up(debian_13)
    assert begin_set_up(debian_13).startswith(
        "Creating .venv again, because its set-up was not finished.\n"
        "Setting up .venv with"
    )
