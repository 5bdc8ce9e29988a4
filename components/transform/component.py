"""Configures TFX's Transform so that it writes only its graph."""

from tfx.components.transform.component import Transform
from tfx.proto import transform_pb2
from tfx.types import channel

from components.code_digest import code_digest
from components.transform import preprocessing


def create_transform(
    examples: channel.BaseChannel, schema: channel.BaseChannel
) -> Transform:
    """Creates the Transform node.

    It doesn't write the transformed examples: float pixels need several times the space
    of encoded images, and the Trainer applies the graph while it reads. It computes no
    statistics, because StatisticsGen has done that.

    Args:
        examples: Raw examples.
        schema: The curated schema.

    Returns:
        The node.
    """
    function = preprocessing.preprocessing_fn
    return Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn=f"{function.__module__}.{function.__name__}",
        splits_config=transform_pb2.SplitsConfig(analyze=["train"]),
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
        custom_config={
            "code_digest": code_digest(
                __package__, "tensorflow", "tensorflow-transform", "tfx"
            )
        },
    )
