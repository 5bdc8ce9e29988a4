"""Names of files and folders that TFX chooses, for programs that don't import TFX.

Importing TFX takes seconds, and the commands that explain runs do without it. A test
compares the names with TFX's own.
"""

EXECUTIONS_FOLDER = ".system/executor_execution"
"""Below a node's folder: what each execution keeps, by its number."""

TEMPORARY_FOLDERS = (
    f"{EXECUTIONS_FOLDER}/*/.temp",
    ".system/stateful_working_dir/*",
)
"""Below a node's folder: what no execution needs any more once it has ended."""

STATISTICS_FILE = "FeatureStats.pb"
"""In a split's folder: what StatisticsGen writes."""

ANOMALIES_FILE = "SchemaDiff.pb"
"""In a split's folder: what ExampleValidator writes."""
