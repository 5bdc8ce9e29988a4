"""The names are TFX's own, in whichever version of it is installed."""

from tfx.components.example_validator import executor as example_validator
from tfx.components.statistics_gen import executor as statistics_gen
from tfx.orchestration.portable import outputs_utils

from components import internals
from pipeline.internals import tfx_files


def test_the_folders_are_those_that_tfx_makes():
    system = outputs_utils._SYSTEM
    executions = f"{system}/{outputs_utils._EXECUTOR_EXECUTION}"
    working = f"{system}/{outputs_utils._STATEFUL_WORKING_DIR}"
    assert executions == tfx_files.EXECUTIONS_FOLDER
    assert (f"{executions}/*/.temp", f"{working}/*") == tfx_files.TEMPORARY_FOLDERS


def test_the_files_are_those_that_tfx_writes():
    assert tfx_files.STATISTICS_FILE == statistics_gen.DEFAULT_FILE_NAME
    assert tfx_files.ANOMALIES_FILE == example_validator.DEFAULT_FILE_NAME
    assert internals.ANOMALIES_FILE == example_validator.DEFAULT_FILE_NAME
