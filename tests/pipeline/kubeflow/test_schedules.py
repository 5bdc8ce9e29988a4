"""Schedules, with kfp's own client over HTTP; only the cluster is a double."""

import pytest


def test_a_schedule_is_made_listed_and_removed(call, api):
    assert call("schedules").output == "There are no schedules.\n"
    result = call(
        "schedule", "--image", "it:1", "--cron", "0 3 * * *",
        "--parameter", "epochs", "3",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "Schedule: schedule-1"
    (sent,) = api.schedules
    assert sent["trigger"] == {"cron_schedule": {"cron": "0 0 3 * * *"}}
    assert sent["no_catchup"] is True
    assert int(sent["max_concurrency"]) == 1
    assert sent["mode"] == "ENABLE"
    assert sent["pipeline_version_reference"] == {
        "pipeline_id": "pipeline-1", "pipeline_version_id": "v1"
    }  # fmt: skip
    assert sent["runtime_config"]["parameters"] == {"epochs": 3}
    assert api.runs == []

    (line,) = call("schedules").output.splitlines()
    assert line.startswith("schedule-1  0 3 * * *  on  fashion-mnist 20")

    result = call("unschedule", "schedule-1")
    assert (result.exit_code, result.output) == (0, "Removed: schedule-1\n")
    assert api.schedules == []


def test_a_schedule_that_is_not_there_is_named(call):
    result = call("unschedule", "schedule-9")
    assert result.exit_code == 1
    assert "refused: 404 Not Found: RecurringRun not found" in result.output


@pytest.mark.parametrize("cron", ["*/15 * * * *", "0 3 * * 1-5", "30 2 1,15 JAN-JUN ?"])
def test_cron_expressions_keep_their_form(call, api, cron):
    assert call("schedule", "--cron", cron).exit_code == 0
    assert api.schedules[0]["trigger"]["cron_schedule"]["cron"] == f"0 {cron}"


@pytest.mark.parametrize(
    ("cron", "sentence"),
    [
        ("", "must have five fields"),
        ("0 0 3 * * *", "must have five fields"),
        ("@daily", "must have five fields"),
        ("60 3 * * *", "the minute must be *, or of numbers from 0 to 59"),
        ("0 24 * * *", "the hour must be"),
        ("0 3 0 * *", "the day must be"),
        ("0 3 * 13 *", "the month must be"),
        ("0 3 * * 7", "the weekday must be"),
        ("a;b 3 * * *", "the minute must be"),
    ],
)
def test_a_wrong_cron_expression_uploads_nothing(call, api, cron, sentence):
    result = call("schedule", "--cron", cron)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())
    assert api.versions == []
