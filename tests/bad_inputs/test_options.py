"""Options out of range, of the wrong type, or that name what isn't there."""

import pytest
from click.testing import CliRunner

from components.errors import InputError
from pipeline.commands.run import run

# Should an option be taken after all, the run ends at once for want of this set; what
# is given later counts.
HARMLESS = ("--dataset", "no_such_set:1.0.0", "--output")

MALFORMED = {
    "run's name empty": (["--name", ""], "must be one word; received ''"),
    "note empty": (["--note", ""], "must be words with one space"),
    "tag of two words": (["--tag", "a b"], "must be one word; received 'a b'"),
    "epochs zero": (["--epochs", "0"], "greater than or equal to 1; received 0"),
    "epochs negative": (["--epochs", "-3"], "--epochs: input should be greater"),
    "epochs a fraction": (["--epochs", "1.5"], "'1.5' is not a valid integer"),
    "epochs beyond int64": (["--epochs", "9" * 20], "--epochs: input should be less"),
    "batch size zero": (["--batch-size", "0"], "--batch-size: input should be greater"),
    "batch size a word": (["--batch-size", "big"], "'big' is not a valid integer"),
    "batch size beyond memory": (["--batch-size", "9" * 9], "--batch-size: input"),
    "learning rate zero": (["--learning-rate", "0"], "--learning-rate: input should"),
    "learning rate negative": (["--learning-rate", "-1"], "greater than 0"),
    "learning rate nan": (["--learning-rate", "nan"], "should be a finite number"),
    "learning rate infinite": (["--learning-rate", "inf"], "should be a finite number"),
    "learning rate a word": (["--learning-rate", "fast"], "'fast' is not a valid"),
    "seed negative": (["--seed", "-1"], "--seed: input should be greater"),
    "seed too large": (["--seed", str(2**32)], "--seed: input should be less than"),
    "floor negative": (["--min-accuracy", "-0.1"], "--min-accuracy: input should be"),
    "floor above one": (["--min-accuracy", "1.01"], "less than or equal to 1"),
    "floor in percent": (["--min-accuracy", "88%"], "'88%' is not a valid float"),
    "floor nan": (["--min-accuracy", "nan"], "--min-accuracy: input should be"),
    "margin above one": (["--max-regression", "2"], "--max-regression: input should"),
    "margin nan": (["--max-regression", "nan"], "--max-regression: input should be"),
    "examples zero": (["--max-examples", "0"], "--max-examples: input should be"),
    "examples a word": (["--max-examples", "all"], "'all' is not a valid integer"),
    "precision unknown": (["--precision", "float8"], "'float8' is not one of"),
    "one version kept": (["--keep-versions", "1"], "--keep-versions: input should be"),
    "all versions kept": (["--keep-versions", "all"], "'all' is not a valid integer"),
    "latency zero": (["--max-latency-ms", "0"], "--max-latency-ms: input should be"),
    "latency nan": (["--max-latency-ms", "nan"], "--max-latency-ms: input should be"),
    "memory too little": (["--max-memory-mb", "2"], "--max-memory-mb: input should be"),
    "memory with a unit": (["--max-memory-mb", "2g"], "'2g' is not a valid integer"),
    "validation unknown": (["--infra-validation", "pod"], "'pod' is not one of"),
    "latency in a container": (
        ["--infra-validation", "docker", "--max-latency-ms", "5"],
        "is measured only with infra_validation: process; received 5 with docker",
    ),
    "output empty": (["--output", ""], "--output: string should have at least 1"),
    "data folder empty": (
        ["--data-dir", ""],
        "--data-dir: string should have at least",
    ),
    "mirror empty": (["--data-mirror", ""], "--data-mirror: string should have at"),
    "images empty": (["--images", ""], "--images: string should have at least"),
    "image column empty": (["--image-column", ""], "--image-column: string should"),
    "label column empty": (["--label-column", ""], "--label-column: string should"),
    "split column empty": (["--split-column", ""], "--split-column: string should"),
    "size of one side": (["--image-size", "28"], "--image-size: string should match"),
    "size zero": (["--image-size", "0x28"], "--image-size: string should match"),
    "color unknown": (["--color", "sepia"], "'sepia' is not one of"),
    "resize unknown": (["--resize", "zoom"], "'zoom' is not one of"),
    "network without a function": (["--network", "a.b"], "--network: string should"),
    "schema empty": (["--curated-schema", ""], "--curated-schema: string should"),
    "engine unknown": (["--beam-runner", "samza"], "'samza' is not one of"),
    "engine without its host": (["--beam-runner", "flink"], "needs --flink_master="),
    "engine's option malformed": (["--beam-arg", "x=1"], "must be --NAME=VALUE"),
    "name empty": (["--pipeline-name", ""], "--pipeline-name: string should match"),
    "name with spaces": (["--pipeline-name", "my model"], "should match pattern"),
    "address empty": (["--metadata", ""], "--metadata: string should have at least"),
    "file missing": (["--config", "nowhere.yaml"], "'nowhere.yaml' does not exist"),
    "show with a value": (["--show-settings=1"], "does not take a value"),
    "debug with a value": (["--debug=1"], "'--debug' does not take a value"),
    "an unknown option": (["--epoch", "1"], "No such option"),
    "an option without a value": (["--seed"], "'--seed' requires an argument"),
    "an argument too many": (["now"], "Got unexpected extra argument"),
    "a flag with a value": (["--cache=maybe"], "does not take a value"),
}

UNUSABLE = {
    "output in a bucket": (["--output", "gs://b/runs"], "must be a folder on this"),
    "set unknown": (["--dataset", "no_such_set:1.0.0"], "must be one that TFDS has"),
    "set misspelt": (["--dataset", "fashion_mnst:3.0.1"], "did you mean"),
    "set of another version": (["--dataset", "mnist:9.9.9"], "one that TFDS can"),
    "set of no name": (["--dataset", ""], "must be a TFDS name with its version"),
    "set by a path": (["--dataset", "../mnist:3.0.1"], "must be a TFDS name with"),
    "set of no such kind": (["--dataset", "emnist/no:3.1.0"], "choose from balanced"),
    "images missing": (["--images", "{tmp}/no"], "must be a folder or a .csv file"),
    "images without classes": (["--images", "{tmp}/empty"], "--images must"),
    "no engine": (["--infra-validation", "docker"], "needs a Docker engine; none"),
    "mirror missing": (["--data-mirror", "{tmp}/no"], "must be a folder that exists"),
    "mirror empty": (["--data-mirror", "{tmp}/empty"], "-ubyte.gz is missing"),
}


@pytest.mark.parametrize("arguments, sentence", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_option_ends_with_code_2(tmp_path, arguments, sentence):
    output = tmp_path / "output"
    result = CliRunner().invoke(run, [*HARMLESS, str(output), *arguments])
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert not output.exists()


@pytest.mark.parametrize("arguments, sentence", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_value_is_an_input_error(
    tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/engine.sock")
    output = tmp_path / "output"
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(
        run,
        # Without --debug, the same sentence would come from a process of its own.
        ["--debug", "--output", str(output)]
        + [argument.format(tmp=tmp_path) for argument in arguments],
    )
    assert isinstance(result.exception, InputError)
    assert sentence in str(result.exception)
    assert not output.exists()


@pytest.mark.parametrize("option", ["--output", "--data-dir", "--data-mirror"])
def test_a_file_is_no_folder(tmp_path, option):
    file = tmp_path / "file"
    file.touch()
    result = CliRunner().invoke(run, [option, str(file)])
    assert result.exit_code == 2
    assert f"'{file}' is a file" in result.output


def test_no_option_is_left_out():
    given = {
        part.partition("=")[0]
        for arguments, _ in [*MALFORMED.values(), *UNUSABLE.values()]
        for part in arguments
    }
    options = {parameter.opts[0] for parameter in run.params if parameter.opts}
    assert options <= given
