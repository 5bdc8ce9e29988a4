"""Defines a Trainer whose settings are typed parameters.

TFX's own Trainer takes settings as one JSON string. With typed parameters, ML Metadata
records each setting under its name.
"""

from typing import Any

from tfx import types
from tfx.components.trainer import executor
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import trainer_pb2
from tfx.types import (
    artifact_utils,
    channel,
    component_spec,
    standard_artifacts,
)
from tfx.types import standard_component_specs as standard
from tfx.utils import json_utils, path_utils, proto_utils

from components.code_digest import code_digest, module_digest
from components.data_description import DataDescription
from components.execution_parameters import execution_parameters
from components.internals import run_of
from components.machine import Machine
from components.parameters import TrainingParameters
from components.processors import list_accelerators
from components.served_model.model_lineage import ModelLineage
from components.trainer import run_fn
from components.trainer.borders import measure_background

_RUN_FN = f"{__package__}.run_fn.run_fn"


class TrainerSpec(component_spec.ComponentSpec):
    """Parameters, inputs and outputs of `Trainer`."""

    PARAMETERS = {
        **execution_parameters(TrainingParameters),
        "code_digest": component_spec.ExecutionParameter(type=str),
        standard.RUN_FN_KEY: component_spec.ExecutionParameter(type=str),
        standard.TRAIN_ARGS_KEY: component_spec.ExecutionParameter(
            type=trainer_pb2.TrainArgs
        ),
        standard.EVAL_ARGS_KEY: component_spec.ExecutionParameter(
            type=trainer_pb2.EvalArgs
        ),
    }
    INPUTS = {
        standard.EXAMPLES_KEY: standard.TrainerSpec.INPUTS[standard.EXAMPLES_KEY],
        standard.TRANSFORM_GRAPH_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.TransformGraph
        ),
    }
    OUTPUTS = standard.TrainerSpec.OUTPUTS
    TYPE_ANNOTATION = standard.TrainerSpec.TYPE_ANNOTATION


class Executor(executor.GenericExecutor):
    """Passes the typed parameters to `run_fn` as its `custom_config`."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Trains and exports the model, and writes its lineage beside it."""
        parameters = TrainingParameters.of_execution(exec_properties)
        examples = artifact_utils.get_single_instance(input_dict[standard.EXAMPLES_KEY])
        description = DataDescription.read(examples.uri)
        split = _validation_split(examples)
        super().Do(
            input_dict,
            output_dict,
            exec_properties
            | {
                standard.EVAL_ARGS_KEY: proto_utils.proto_to_json(
                    trainer_pb2.EvalArgs(splits=[split])
                ),
                standard.CUSTOM_CONFIG_KEY: json_utils.dumps(
                    {
                        run_fn.PARAMETERS: parameters.model_dump(),
                        run_fn.DESCRIPTION: description.model_dump(),
                        run_fn.VALIDATION_SPLIT: split,
                    }
                ),
            },
        )
        model = artifact_utils.get_single_instance(output_dict[standard.MODEL_KEY])
        pipeline_name, run_id = run_of(self)
        model_dir = path_utils.serving_model_dir(model.uri)
        ModelLineage(
            pipeline=pipeline_name,
            run_id=run_id,
            model_uri=model.uri,
            examples_uri=examples.uri,
            dataset=":".join(filter(None, (description.name, description.version))),
            code_digest=exec_properties["code_digest"],
            data=description,
            machine=Machine.describe(list_accelerators()),
            background=measure_background(
                artifact_utils.get_split_uri([examples], "train"), description
            ),
        ).write(model_dir)


def _validation_split(examples: types.Artifact) -> str:
    """Returns the split on which each epoch is evaluated.

    Fashion-MNIST has no validation split, so it is its test split.
    """
    splits = artifact_utils.decode_split_names(examples.split_names)
    return "validation" if "validation" in splits else "test"


def _digest(network: str) -> str:
    """Returns the digest of the code that trains, a network of one's own included."""
    digest = code_digest(__package__, "keras", "tensorflow", "tensorflow-transform")
    module = network.partition(":")[0]
    if module.partition(".")[0] == __package__.partition(".")[0]:
        return digest
    return f"{digest}-{module_digest(module)}"


class Trainer(base_component.BaseComponent):
    """Trains the Keras model on the transformed examples."""

    SPEC_CLASS = TrainerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        transform_graph: channel.BaseChannel,
        parameters: TrainingParameters,
    ):
        """Constructs the component.

        Args:
            examples: Raw examples with the splits `train` and `test`.
            transform_graph: Graph of Transform, applied while examples are read.
            parameters: How to train.
        """
        super().__init__(
            spec=TrainerSpec(
                examples=examples,
                transform_graph=transform_graph,
                **TrainingParameters.values_in(parameters),
                run_fn=_RUN_FN,
                train_args=trainer_pb2.TrainArgs(splits=["train"]),
                eval_args=trainer_pb2.EvalArgs(splits=["test"]),
                code_digest=_digest(parameters.network),
                model=types.Channel(type=standard_artifacts.Model),
                model_run=types.Channel(type=standard_artifacts.ModelRun),
            )
        )
