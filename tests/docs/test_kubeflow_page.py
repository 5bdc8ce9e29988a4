"""The page on Kubeflow: its commands, files and exit codes are those that there are."""

import re
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from pipeline import exit_codes
from pipeline.commands.kubeflow import kubeflow
from tests.support.manifests import read_manifests

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "kubeflow.md").read_text()


def calls():
    """Finds the calls of the project's commands, in blocks and within sentences."""
    text = PAGE.replace("\\\n", " ")
    return re.findall(r"kubeflow_runner\.py ([a-z][^\n`]*)", text)


def test_the_page_is_short():
    assert len(PAGE.splitlines()) <= 200


@pytest.mark.parametrize("call", calls())
def test_a_command_on_the_page_is_one_that_there_is(call):
    name, *arguments = shlex.split(call)
    command = kubeflow.commands[name]
    known = {option for each in command.params for option in each.opts}
    given = {argument for argument in arguments if argument.startswith("--")}
    assert given <= known


def test_every_command_is_on_the_page():
    for name in kubeflow.commands:
        assert re.search(rf"`(python kubeflow_runner\.py )?{name}\b", PAGE), name


def test_every_exit_code_is_on_the_page():
    codes = {
        value
        for name, value in vars(exit_codes).items()
        if name.isupper() and name != "INCOMPLETE"  # of `predict` alone
    }
    table = PAGE[PAGE.index("| exit code") : PAGE.index("This was tried")]
    assert {int(code) for code in re.findall(r"^\| (\d) \|", table, re.M)} == codes


def test_every_file_on_the_page_is_there():
    for path in set(re.findall(r"\bdeploy/[\w./-]+", PAGE)):
        # One that the reader makes himself.
        if not path.endswith("metadata.env"):
            assert (ROOT / path.rstrip("./")).exists(), path


@pytest.mark.parametrize(
    ("page", "folder"), [("kubeflow.md", "mirror"), ("data.md", "photos")]
)
def test_a_folder_reaches_the_volume_by_the_page_s_command(page, folder, tmp_path):
    """Runs the Job's script and the page's commands, with folders for the volumes."""
    (job,) = read_manifests(ROOT / "deploy" / "kubeflow" / "mirror.yaml")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    volumes = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}

    def in_pod(script):
        paths = "|".join(map(re.escape, volumes))
        return re.sub(rf"({paths})/", rf"{tmp_path}\1/", script)

    for path in volumes:
        (tmp_path / path.strip("/")).mkdir()
    files = tmp_path / folder
    files.mkdir()
    (files / "images.gz").write_bytes(b"pixels")
    (files / "images.gz").chmod(0o666)
    shell, flag, script = container["command"]
    pod = subprocess.Popen([shell, flag, in_pod(script)], stdout=subprocess.PIPE)
    send, receive = re.search(
        r"^(tar --create [^|]*)\| kubectl exec [^']*sh -c '([^']*)'$",
        (ROOT / "docs" / page).read_text(),
        re.M,
    ).groups()
    try:
        packed = subprocess.run(
            shlex.split(send), cwd=tmp_path, capture_output=True, check=True
        )
        deadline = time.monotonic() + 10
        while not (tmp_path / "pipeline" / "mirror").exists():
            assert pod.poll() is None
            assert time.monotonic() < deadline
        subprocess.run(["sh", "-c", in_pod(receive)], input=packed.stdout, check=True)
        assert pod.wait(timeout=10) == 0
    finally:
        pod.kill()
        pod.stdout.close()
    assert (tmp_path / "pipeline" / folder / "images.gz").read_bytes() == b"pixels"
