from click.testing import CliRunner

from pipeline.commands.predict import predict


def test_without_a_pushed_model_it_says_what_to_do(tmp_path):
    result = CliRunner().invoke(predict, ["--output", str(tmp_path / "absent")])
    assert result.exit_code == 1
    assert "run the pipeline first" in result.output
    assert not (tmp_path / "absent").exists()


def test_a_negative_index_is_a_wrong_option(tmp_path):
    result = CliRunner().invoke(predict, ["--index", "-1", "--output", str(tmp_path)])
    assert result.exit_code == 2
