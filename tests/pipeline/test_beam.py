import pytest
from pydantic import ValidationError

from pipeline.beam import DIRECT_ARGS, beam_args
from pipeline.settings import Settings


def test_the_direct_runner_needs_no_options():
    assert beam_args("direct", ()) == list(DIRECT_ARGS)


@pytest.mark.parametrize(
    ("runner", "option"),
    [
        ("flink", "--flink_master=flink:8081"),
        ("flink", "--job_endpoint=flink-jobs:8099"),
        ("spark", "--spark_master_url=spark://spark:7077"),
        ("spark", "--job_endpoint=spark-jobs:8099"),
    ],
)
def test_a_cluster_is_named_and_its_python_workers_are_a_pool(runner, option):
    assert beam_args(runner, [option]) == [
        f"--runner={runner.title()}Runner",
        "--sdk_container_image=local",
        "--environment_type=EXTERNAL",
        "--environment_config=localhost:50000",
        "--environment_cache_millis=600000",
        option,
    ]


def test_only_this_process_leaves_out_the_check_of_types():
    assert "--no_pipeline_type_check" in beam_args("direct", ())
    options = ["Evaluator:--runner=FlinkRunner", "Evaluator:--flink_master=flink:8081"]
    assert beam_args("direct", options, "Evaluator") == [
        "--sdk_container_image=local",
        "--runner=FlinkRunner",
        "--flink_master=flink:8081",
    ]
    assert "--no_pipeline_type_check" in beam_args("direct", options, "StatisticsGen")


def test_given_options_replace_the_defaults():
    args = beam_args(
        "flink", ["--flink_master=flink:8081", "--environment_type=LOOPBACK"]
    )
    assert [arg for arg in args if arg.startswith("--environment_type")] == [
        "--environment_type=LOOPBACK"
    ]


def test_an_option_of_one_stage_counts_there_alone_and_instead():
    options = ["--direct_num_workers=2", "Evaluator:--direct_num_workers=8"]
    assert beam_args("direct", options, "Evaluator")[-1] == "--direct_num_workers=8"
    assert beam_args("direct", options, "StatisticsGen")[-1] == "--direct_num_workers=2"
    assert "Evaluator" not in "".join(beam_args("direct", options))


def test_an_option_may_be_given_several_times():
    options = ["--experiments=a", "--experiments=b"]
    assert beam_args("direct", options)[-2:] == options


DATAFLOW = {
    "--project=p": "--project",
    "--region=r": "--region",
    "--temp_location=gs://b/t": "--temp_location",
    "--sdk_container_image=i": "--sdk_container_image",
}


@pytest.mark.parametrize("missing", DATAFLOW)
def test_dataflow_says_which_option_it_lacks(missing):
    options = [option for option in DATAFLOW if option != missing]
    with pytest.raises(ValueError, match=f"needs {DATAFLOW[missing]}="):
        beam_args("dataflow", options)
    assert beam_args("dataflow", list(DATAFLOW)) == [
        "--runner=DataflowRunner",
        *DATAFLOW,
    ]


@pytest.mark.parametrize("option", ["", "--", "workers=2", "Evaluator:", ":--a=b"])
def test_a_malformed_option_is_refused(option):
    with pytest.raises(ValidationError, match=r"must be --NAME=VALUE"):
        Settings(beam_args=(option,))
