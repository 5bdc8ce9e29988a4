import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from pipeline.commands.run import command_line, run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--epochs", "0"], "--epochs: input should be greater than or equal to 1"),
        (["--batch-size", "-1"], "--batch-size: input should be greater than"),
        (["--min-accuracy", "2"], "--min-accuracy: input should be less than"),
        (["--epochs", "many"], "'many' is not a valid integer"),
        (["--epoch", "1"], "No such option"),
    ],
)
def test_a_wrong_option_ends_with_code_2_and_writes_nothing(
    tmp_path, arguments, sentence
):
    output = tmp_path / "output"
    result = CliRunner().invoke(run, ["--output", str(output), *arguments])
    assert result.exit_code == 2
    assert sentence in result.output
    assert not output.exists()


@pytest.mark.parametrize(
    ("words", "recorded"),
    [
        (["--epochs", "3", "--note", "two words"], "--epochs 3 --note 'two words'"),
        (
            ["--metadata", "postgresql://me:pa=ss@h:1/m"],
            "--metadata postgresql://me@h:1/m",
        ),
        (["--metadata=mysql://me:secret@h:1/m"], "--metadata=mysql://me@h:1/m"),
        (["--beam-arg", "--flink_master=h:8081"], "--beam-arg --flink_master=h:8081"),
    ],
)
def test_the_command_is_recorded_without_passwords(monkeypatch, words, recorded):
    monkeypatch.setattr(sys, "argv", ["local_runner.py", *words])
    with click.Context(run, info_name="python local_runner.py"):
        assert command_line() == f"python local_runner.py {recorded}"


# The run has a process of its own, so what it says is on the descriptor itself.


def test_an_output_folder_that_can_not_be_made_is_named(tmp_path, capfd):
    (tmp_path / "file").touch()
    result = CliRunner().invoke(run, ["--output", str(tmp_path / "file" / "output")])
    assert result.exit_code == 1
    assert "--output must be a folder that can be written" in capfd.readouterr().err


def test_a_wrong_mirror_ends_with_code_1_and_leaves_no_store(tmp_path, capfd):
    output, mirror = tmp_path / "output", tmp_path / "mirror"
    mirror.mkdir()
    result = CliRunner().invoke(
        run, ["--output", str(output), "--data-mirror", str(mirror)]
    )
    assert result.exit_code == 1
    assert "The data mirror must hold" in capfd.readouterr().err
    assert not output.exists()


def test_artifacts_without_their_records_are_refused(tmp_path, capfd):
    (tmp_path / "artifacts").mkdir()
    result = CliRunner().invoke(run, ["--output", str(tmp_path)])
    assert result.exit_code == 1
    assert "records are gone" in capfd.readouterr().err


def test_help_needs_no_tensorflow():
    program = (
        "import sys; from pipeline.commands.run import run;"
        "run(['--help'], standalone_mode=False);"
        "sys.exit(bool({'tensorflow', 'tfx'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert result.returncode == 0
    assert b"--epochs" in result.stdout
