"""Infers a schema from the statistics of a run, as a first draft.

`make schema` runs it and prints the schema. People then write into `schema.pbtxt` what
can't be inferred, for example that an image is 28 pixels high.
"""

import sys

import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)

# isort: split
import tensorflow_data_validation as tfdv
from google.protobuf import text_format


def main(statistics_file: str) -> None:
    """Prints the schema that TFDV infers.

    Args:
        statistics_file: `FeatureStats.pb` of a split, as StatisticsGen writes it.
    """
    statistics = tfdv.load_stats_binary(statistics_file)
    print(text_format.MessageToString(tfdv.infer_schema(statistics)))


if __name__ == "__main__":
    main(sys.argv[1])
