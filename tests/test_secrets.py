"""Where the password of ML Metadata's database must not turn up."""

import traceback

import pytest
from click.testing import CliRunner

from components.errors import InputError
from pipeline.commands.kubeflow import kubeflow
from pipeline.kubeflow.step import METADATA_VARIABLE

PASSWORD = "XQ:p@ss/w0rd?QX"  # noqa: S105 (made up)
ADDRESS = f"postgresql://user:{PASSWORD}@host/database"
# Where an address does not belong, by the text of a deployment.
MISPLACED = {
    "among the settings": f"settings: {{metadata: '{ADDRESS}'}}",
    "beside a wrong setting": f"settings: {{metadata: '{ADDRESS}', epochs: 0}}",
    "beside a clash": f"settings: {{metadata: '{ADDRESS}', beam_runner: flink}}",
    "at the top": f"metadata: '{ADDRESS}'",
    "in place of the secret": f"metadata_secret: '{ADDRESS}'",
    "as the secret's name": f"metadata_secret: {{name: '{ADDRESS}'}}",
    "in what is no YAML": f"settings: {{metadata: {ADDRESS}: b",
}


@pytest.fixture(autouse=True)
def _planted(monkeypatch):
    monkeypatch.setenv(METADATA_VARIABLE, ADDRESS)
    monkeypatch.setenv("KFP_TOKEN", PASSWORD)


def traces(text):
    return [part for part in ("XQ", "QX", "p@ss", "w0rd") if part in text]


def compile_package(package, *arguments):
    return CliRunner().invoke(
        kubeflow, ["compile", "--package", str(package), *map(str, arguments)]
    )


def test_the_compiled_package_holds_no_secret_of_the_machine(tmp_path):
    package = tmp_path / "package.yaml"
    result = compile_package(package, "--debug")
    assert result.exit_code == 0, result.output
    assert METADATA_VARIABLE in package.read_text()
    assert traces(package.read_text()) == []
    assert traces(result.output) == []


@pytest.mark.parametrize("text", MISPLACED.values(), ids=MISPLACED)
def test_an_address_in_a_deployment_is_refused_without_its_password(tmp_path, text):
    deployment, package = tmp_path / "deployment.yaml", tmp_path / "package.yaml"
    deployment.write_text(text)
    result = compile_package(package, "--deployment", deployment)
    assert result.exit_code == 1
    assert traces(result.output) == []
    debugged = compile_package(package, "--deployment", deployment, "--debug")
    assert isinstance(debugged.exception, InputError)
    assert traces("".join(traceback.format_exception(debugged.exception))) == []
    assert not package.exists()
