import re

import click
import pytest
from click.testing import CliRunner
from pydantic import Field

from components.parameters import TrainingParameters
from pipeline.commands import setting_options as module
from pipeline.commands.setting_options import setting_options
from pipeline.settings import Settings


@click.command()
@setting_options()
def command(settings):
    click.echo(settings.model_dump_json())


def invoke(*arguments, env=None):
    result = CliRunner().invoke(command, list(map(str, arguments)), env=env)
    assert result.exit_code == 0, result.output
    return Settings.model_validate_json(result.output)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("epochs: 3\nseed: 3\nbatch_size: 3\nbeam_args: [--a=1, --b=2]\n")
    return path


def test_nothing_given_is_the_defaults():
    assert invoke() == Settings()


def test_the_command_line_counts_before_environment_file_and_default(file):
    settings = invoke(
        "--config", file, "--epochs", 1,
        env={"FASHION_MNIST_EPOCHS": "2", "FASHION_MNIST_SEED": "2"},
    )  # fmt: skip
    assert settings.epochs == 1
    assert settings.seed == 2
    assert settings.batch_size == 3
    assert settings.beam_args == ("--a=1", "--b=2")
    assert settings.learning_rate == Settings().learning_rate


def test_the_file_may_be_named_by_the_environment(file):
    assert invoke(env={"FASHION_MNIST_CONFIG": str(file)}).epochs == 3


def test_a_default_given_by_hand_counts_before_the_file(file):
    assert invoke("--config", file, "--epochs", 10).epochs == 10


def test_every_setting_is_an_option_with_its_default_and_help():
    options = {option.name: option for option in command.params}
    for name, field in Settings.model_fields.items():
        assert options[name].default == field.default
        assert options[name].help.startswith(field.description)
        assert options[name].envvar == f"FASHION_MNIST_{name.upper()}"


def test_help_shows_groups_and_ranges():
    text = CliRunner().invoke(command, ["--help"]).output
    for group in ("Training", "Evaluation", "Publishing", "Data set", "Run"):
        assert f"  {group}:" in text
    assert "[1<=x<=100000]" in text
    assert "[0<x]" in text
    assert "--cache / --no-cache" in text


def test_settings_are_shown_with_where_they_come_from(file):
    result = CliRunner().invoke(
        command,
        [
            "--config", str(file), "--show-settings", "--epochs", "1",
            "--metadata", "postgresql://me:secret@host/db",
        ],
        env={"FASHION_MNIST_SEED": "2", "COLUMNS": "200"},
    )  # fmt: skip
    assert result.exit_code == 0
    rows = {
        cells[0]: cells[1:]
        for line in result.output.splitlines()
        if len(cells := re.split(r"\s{2,}", line.strip())) == 3
    }
    assert rows["epochs"] == ["1", "command line"]
    assert rows["seed"] == ["2", "environment"]
    assert rows["batch_size"] == ["3", str(file)]
    assert rows["max_regression"] == ["0.01", "default"]
    assert rows["metadata"] == ["postgresql://me@host/db", "command line"]
    assert set(Settings.model_fields) <= set(rows)
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epoch: 3", "has 'epoch'; choose a similar one: epochs"),
        ("nothing: 3", "has 'nothing'; choose one of: "),
        ("epochs: 0", "epochs in {file}: input should be greater than or equal to 1"),
        ("epochs: many", "epochs in {file}: input should be a valid integer"),
        ("precision: float8", "precision in {file}: input should be 'float32' or"),
        ("epochs: [", "must be valid YAML; it has an error in line 1"),
        ("- epochs", "must hold lines of the form NAME: VALUE; it holds a list"),
        ("beam_runner: flink", "needs --flink_master="),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, sentence):
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    result = CliRunner().invoke(command, ["--config", str(file)])
    assert result.exit_code == 2
    assert sentence.format(file=file) in result.output
    assert str(file) in result.output or "flink" in text


def test_a_wrong_variable_is_refused_by_name():
    result = CliRunner().invoke(command, env={"FASHION_MNIST_EPOCHS": "0"})
    assert result.exit_code == 2
    assert "FASHION_MNIST_EPOCHS: input should be greater than" in result.output


def test_what_the_command_line_mends_in_a_file_is_not_refused(tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text("epochs: 0")
    assert invoke("--config", file, "--epochs", 2).epochs == 2


def test_a_new_setting_reaches_every_place_by_being_named_once(monkeypatch, tmp_path):
    class NewTraining(TrainingParameters):
        """Training: with a new setting."""

        label_smoothing: float = Field(default=0.0, ge=0, description="New.")

    class NewSettings(Settings, NewTraining):
        """Run: as before."""

    monkeypatch.setattr(module, "Settings", NewSettings)
    monkeypatch.setattr("pipeline.settings_file.Settings", NewSettings)

    @click.command()
    @setting_options()
    def command(settings):
        click.echo(settings.label_smoothing)

    file = tmp_path / "settings.yaml"
    file.write_text("label_smoothing: 0.3")
    runner = CliRunner()
    assert runner.invoke(command, ["--label-smoothing", "0.1"]).output == "0.1\n"
    assert runner.invoke(command, ["--config", str(file)]).output == "0.3\n"
    variable = {"FASHION_MNIST_LABEL_SMOOTHING": "0.2"}
    assert runner.invoke(command, env=variable).output == "0.2\n"


def test_a_setting_may_have_another_help_and_then_shows_no_default():
    @click.command()
    @setting_options("output", dataset="Take the model of this data set.")
    def short(settings):
        click.echo(settings.dataset)

    shown = CliRunner().invoke(short, ["--help"]).output
    assert re.search(r"--dataset TEXT +Take the model of this data set\.\n", shown)
    assert re.search(r"\[default:\s+output\]", shown)
    assert "--epochs" not in shown
    assert CliRunner().invoke(short, ["--dataset", "mnist"]).output == "mnist\n"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ([], "shoes"),
        (["--dataset", "mnist"], "mnist"),
        (["--dataset", "mnist", "--pipeline-name", "digits"], "digits"),
    ],
)
def test_a_set_that_is_named_counts_before_a_variable(arguments, name, monkeypatch):
    @click.command()
    @setting_options("pipeline_name", dataset="Take the model of this data set.")
    def short(settings):
        click.echo(settings.name)

    monkeypatch.setenv("FASHION_MNIST_PIPELINE_NAME", "shoes")
    assert CliRunner().invoke(short, arguments).output == f"{name}\n"
