"""Names of TFX's files and folders, for commands that don't import TFX.

Importing TFX takes seconds, so the commands that explain runs don't import it. A test
compares these names with TFX's own.
"""

EXECUTIONS_FOLDER = ".system/executor_execution"
"""In a node's folder: the state of each execution, in a subfolder with its number."""

TEMPORARY_FOLDERS = (
    f"{EXECUTIONS_FOLDER}/*/.temp",
    ".system/stateful_working_dir/*",
)
"""In a node's folder: files that no execution needs after its end, as patterns."""

STATISTICS_FILE = "FeatureStats.pb"
"""The file that StatisticsGen writes into a split's folder."""

ANOMALIES_FILE = "SchemaDiff.pb"
"""The file that ExampleValidator writes into a split's folder."""
