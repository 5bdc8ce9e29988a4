"""Names of nodes that several tests look at."""

BEFORE_TRAINER = (
    "TfdsExampleGen",
    "CuratedSchema",
    "StatisticsGen",
    "ExampleValidator",
    "AnomalyGate",
    "Transform",
)
