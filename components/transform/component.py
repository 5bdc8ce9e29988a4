"""Transform, set up so that it writes its graph and nothing twice."""

from tfx.components.transform.component import Transform
from tfx.proto import transform_pb2
from tfx.types import channel

from components.code_digest import code_digest
from components.transform import preprocessing


def create_transform(
    examples: channel.BaseChannel, schema: channel.BaseChannel
) -> Transform:
    """Returns the Transform node.

    The transformed examples are not written out: float pixels are several
    times the size of the encoded images, and the Trainer applies the graph as
    it reads. StatisticsGen has already described the raw examples.

    Args:
        examples: Raw examples.
        schema: The curated schema.
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
