"""Defines an Evaluator whose thresholds are typed parameters."""

import logging
import os
from collections.abc import Sequence
from typing import Any

from tfx import types
from tfx.components.evaluator import executor
from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts
from tfx.types import standard_component_specs as standard
from tfx.utils import io_utils, json_utils, path_utils, proto_utils

from components.batched_examples import read_in_batches
from components.code_digest import code_digest
from components.data_description import DataDescription
from components.evaluator.config import create_eval_config
from components.evaluator.evaluation_results import METRIC_PREFIX, RESULTS_FILE
from components.evaluator.example_predictions import PREDICTIONS_FILE
from components.evaluator.extractors import EXTRACTORS
from components.evaluator.floor import floor_above_guessing
from components.evaluator.judged_model import forgetting_judged_models
from components.evaluator.predict_examples import predict_examples
from components.evaluator.tfma_results import load_results
from components.execution_parameters import execution_parameters
from components.parameters import EvaluationParameters
from components.served_model.model_lineage import ModelLineage


class EvaluatorSpec(component_spec.ComponentSpec):
    """Parameters, inputs and outputs of `Evaluator`."""

    PARAMETERS = {
        **execution_parameters(EvaluationParameters),
        "example_indices": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
        standard.EXAMPLE_SPLITS_KEY: component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {
        key: standard.EvaluatorSpec.INPUTS[key]
        for key in (
            standard.EXAMPLES_KEY,
            standard.MODEL_KEY,
            standard.BASELINE_MODEL_KEY,
            standard.SCHEMA_KEY,
        )
    }
    OUTPUTS = standard.EvaluatorSpec.OUTPUTS
    TYPE_ANNOTATION = standard.EvaluatorSpec.TYPE_ANNOTATION


class Executor(executor.Executor):
    """Runs TFMA, and writes its results to files that need no TFMA to read."""

    @read_in_batches()
    @forgetting_judged_models()
    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Evaluates the model, blesses or refuses it, and records its metrics."""
        examples = artifact_utils.get_single_instance(input_dict[standard.EXAMPLES_KEY])
        description = DataDescription.read(examples.uri)
        (split,) = json_utils.loads(exec_properties[standard.EXAMPLE_SPLITS_KEY])
        split_uri = artifact_utils.get_split_uri([examples], split)
        parameters = EvaluationParameters.of_execution(exec_properties)
        floor = parameters.min_accuracy
        if floor is None:
            floor = floor_above_guessing(split_uri, len(description.class_names))
            logging.info("Floor of the accuracy, better than guessing: %.4f", floor)
        input_dict = _without_unusable_baseline(input_dict, description)
        has_baseline = bool(input_dict.get(standard.BASELINE_MODEL_KEY))
        config = create_eval_config(floor, parameters.max_regression, has_baseline)
        super().Do(
            input_dict,
            output_dict,
            exec_properties
            | {
                standard.EVAL_CONFIG_KEY: proto_utils.proto_to_json(config),
                "custom_extractors": EXTRACTORS,  # TFX has no name for this key
            },
        )
        evaluation = artifact_utils.get_single_instance(
            output_dict[standard.EVALUATION_KEY]
        )
        results = load_results(
            evaluation.uri,
            description.class_names,
            floor,
            has_baseline,
        )
        io_utils.write_string_file(
            os.path.join(evaluation.uri, RESULTS_FILE),
            results.model_dump_json(indent=2),
        )
        (model,) = input_dict[standard.MODEL_KEY]
        predictions = predict_examples(
            path_utils.serving_model_path(model.uri),
            split_uri,
            json_utils.loads(exec_properties["example_indices"]),
            description,
        )
        io_utils.write_string_file(
            os.path.join(evaluation.uri, PREDICTIONS_FILE),
            predictions.model_dump_json(indent=2),
        )
        evaluation.set_float_custom_property("accuracy", results.accuracy)
        for name, value in results.other_metrics.items():
            evaluation.set_float_custom_property(f"{METRIC_PREFIX}{name}", value)


def _without_unusable_baseline(
    input_dict: dict[str, list[types.Artifact]], description: DataDescription
) -> dict[str, list[types.Artifact]]:
    """Leaves out a baseline with which the model can't be compared."""
    baselines = input_dict.get(standard.BASELINE_MODEL_KEY)
    reason = _unusable(baselines[0], description) if baselines else None
    if reason is None:
        return input_dict
    logging.info("The model isn't compared with the baseline, %s.", reason)
    return {
        key: value
        for key, value in input_dict.items()
        if key != standard.BASELINE_MODEL_KEY
    }


def _unusable(baseline: types.Artifact, description: DataDescription) -> str | None:
    """Returns why a baseline can't be compared with; None if it can."""
    folder = path_utils.serving_model_dir(baseline.uri)
    # The store of a deleted volume may still name the models that were on it.
    if not fileio.exists(folder):
        return f"whose files are gone: {folder}"
    lineage = ModelLineage.read(folder)
    if lineage is None or lineage.data is None:
        return None
    data = lineage.data
    if data.class_names != description.class_names:
        return "which has other classes"
    if data.resize == "none" and _images(data) != _images(description):
        return "which takes only images of its own size"
    return None


def _images(description: DataDescription) -> tuple[str, int, int]:
    return description.resize, description.height, description.width


class Evaluator(base_beam_component.BaseBeamComponent):
    """Measures metrics on the whole test split and on each class."""

    SPEC_CLASS = EvaluatorSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        model: channel.BaseChannel,
        baseline_model: channel.BaseChannel,
        schema: channel.BaseChannel,
        parameters: EvaluationParameters,
        example_indices: Sequence[int],
    ):
        """Constructs the component.

        Args:
            examples: Raw examples with the split `test`.
            model: Model to evaluate.
            baseline_model: Latest blessed model; a first run has none.
            schema: The curated schema.
            parameters: What a model must reach to be blessed.
            example_indices: Indices of test images whose predictions are always kept
                for people to look at. Some right and wrong ones are kept too.
        """
        super().__init__(
            spec=EvaluatorSpec(
                examples=examples,
                model=model,
                baseline_model=baseline_model,
                schema=schema,
                **EvaluationParameters.values_in(parameters),
                example_indices=json_utils.dumps(list(example_indices)),
                example_splits=json_utils.dumps(["test"]),
                code_digest=code_digest(
                    __package__,
                    "keras",
                    "tensorflow",
                    "tensorflow-model-analysis",
                    "tfx",
                    "tfx-bsl",
                ),
                evaluation=types.Channel(type=standard_artifacts.ModelEvaluation),
                blessing=types.Channel(type=standard_artifacts.ModelBlessing),
            )
        )
