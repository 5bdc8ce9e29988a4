from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.commands.run import run
from pipeline.settings import Settings

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
    st.lists(st.text(), max_size=3),
)  # fmt: skip
BEAM = ["beam_runner", "beam_args"]
NAMES = st.sampled_from([*Settings.model_fields, "epoch", "", "root"])


@given(st.dictionaries(NAMES, VALUES))
@example({"beam_args": [""]})
@example({"beam_runner": "flink"})
def test_settings_are_in_range_or_refused_by_name(values):
    try:
        settings = Settings(**values)
    except ValidationError as error:
        for each in error.errors():
            # The options of Beam are looked at together.
            named = [str(part) for part in each["loc"][:1]] or BEAM
            assert set(named) & set(values)
    else:
        assert settings.epochs >= 1
        assert settings.batch_size >= 1
        assert 0 < settings.learning_rate < float("inf")
        assert 0 <= settings.seed < 2**32
        assert settings.min_accuracy is None or 0 <= settings.min_accuracy <= 1
        assert 0 <= settings.max_regression <= 1


# The title of a group of options is one without a name.
OPTIONS = st.sampled_from([option.opts[0] for option in run.params if option.opts])
# No system hands a command a zero byte.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@given(st.lists(st.tuples(OPTIONS, WORDS), min_size=1, max_size=4))
def test_any_option_ends_in_a_usage_error_and_not_in_a_traceback(options):
    arguments = [part for option in options for part in option]
    # The last one is wrong, so that no run begins.
    result = CliRunner().invoke(run, [*arguments, "--epochs", "0"])
    assert result.exit_code == 2 or "--help" in arguments
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Error: " in result.output
