"""Decides whether a server can serve a model, and whether it would serve that model."""

import itertools
import os
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from components.data_description import DataDescription
from components.errors import InputError
from components.evaluator.example_predictions import (
    PREDICTIONS_FILE,
    ExamplePrediction,
    ExamplePredictions,
)
from components.infra_validator.infra_validation import InfraValidation, Latency
from components.infra_validator.model_calls import (
    class_names_call,
    comparison_calls,
    read_signatures,
    timed_calls,
    warmup_calls,
)
from components.infra_validator.session_process import (
    Answer,
    Call,
    ask_in_fresh_process,
)
from components.parameters import InfraValidationParameters
from components.served_model.signatures import CLASS_NAMES

# The largest difference of a probability from the Evaluator's. It allows for batches of
# another size, in which sums are made in another order.
TOLERANCE = 1e-5
# Loading and answering take a second or two; a server that waited longer would be down.
_SECONDS = 120.0


def validate_model(
    model_dir: str,
    evaluation_uri: str,
    description: DataDescription,
    parameters: InfraValidationParameters,
    seconds: float = _SECONDS,
) -> InfraValidation:
    """Loads a model as TensorFlow Serving does, and asks it.

    Args:
        model_dir: Folder of the SavedModel, on this machine.
        evaluation_uri: Folder of the Evaluator's artifact, with the predictions that
            it kept.
        description: The classes of the data, and the images that the network takes.
        parameters: Limits of latency and memory.
        seconds: How long everything may take.

    Returns:
        What was found. The first fault ends the validation.
    """
    try:
        signatures = read_signatures(model_dir)
        warmup = list(warmup_calls(model_dir))
        predictions = _kept_predictions(evaluation_uri)
    except InputError as error:
        return InfraValidation(reasons=(str(error),))
    comparisons = list(comparison_calls(predictions, description))
    calls = [
        *warmup,
        class_names_call(description),
        *(call for call, _ in comparisons),
        *timed_calls([each.image for each in predictions]),
    ]
    if fault := _signature_fault(calls, signatures):
        return InfraValidation(reasons=(fault,))
    report = ask_in_fresh_process(
        model_dir, signatures, calls, parameters.max_memory_mb, seconds
    )
    answers = iter(report.answers)
    # In the order of the calls; the last ones are missing after a fault.
    warmup_answers = list(itertools.islice(answers, len(warmup)))
    named = [answer.outputs["class_name"] for answer in itertools.islice(answers, 1)]
    compared = list(zip((batch for _, batch in comparisons), answers, strict=False))
    latencies = tuple(map(_latency, answers))
    differences = [_difference(answer, batch) for batch, answer in compared]
    largest = max((each for each in differences if each is not None), default=None)
    reasons = [
        report.fault,
        _classes_fault(named[0], description.class_names) if named else None,
        _answers_fault(
            [*warmup_answers, *(answer for _, answer in compared)],
            len(description.class_names),
        ),
        _difference_fault(largest),
        _latency_fault(latencies, parameters.max_latency_ms),
    ]
    return InfraValidation(
        reasons=tuple(reason for reason in reasons if reason),
        load_seconds=report.load_seconds,
        warmup_requests=len(warmup_answers),
        compared_images=len({each.index for batch, _ in compared for each in batch}),
        largest_difference=largest,
        latencies=latencies,
    )


def _kept_predictions(evaluation_uri: str) -> list[ExamplePrediction]:
    """Reads what the Evaluator kept, each image once."""
    path = os.path.join(evaluation_uri, PREDICTIONS_FILE)
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            kept = ExamplePredictions.model_validate_json(file.read())
    except (tf.errors.OpError, ValueError) as error:
        raise InputError(
            f"the predictions that the Evaluator kept can't be read from {path}"
        ) from error
    by_index = {each.index: each for each in (*kept.chosen, *kept.right, *kept.wrong)}
    return list(by_index.values())


def _signature_fault(
    calls: Sequence[Call], signatures: Mapping[str, meta_graph_pb2.SignatureDef]
) -> str | None:
    for name in dict.fromkeys(call.signature for call in calls):
        if name not in signatures:
            return f"the model has no signature {name}"
        output = "class_name" if name == CLASS_NAMES else "probabilities"
        if output not in signatures[name].outputs:
            return f"the model's signature {name} has no output {output}"
    return None


def _difference(answer: Answer, kept: Sequence[ExamplePrediction]) -> float | None:
    """Returns the largest difference; None if there is no number for it."""
    probabilities = answer.outputs["probabilities"]
    expected = np.array([each.probabilities for each in kept])
    if probabilities.shape != expected.shape or not np.isfinite(probabilities).all():
        return None
    return float(np.abs(probabilities - expected).max())


def _classes_fault(names: np.ndarray, expected: Sequence[str]) -> str | None:
    for number, (name, wanted) in enumerate(zip(names, expected, strict=True)):
        if name != wanted:
            return (
                f"the model calls class {number} {str(name)!r}, while the data call it "
                f"{wanted!r}"
            )
    return None


def _answers_fault(answers: Sequence[Answer], classes: int) -> str | None:
    for answer in answers:
        probabilities = answer.outputs["probabilities"]
        if probabilities.shape[1:] != (classes,):
            return (
                f"the model answers with probabilities of shape "
                f"{probabilities.shape[1:]}, while the data have {classes} classes"
            )
        if not np.isfinite(probabilities).all():
            return "the model answers with probabilities that are no finite numbers"
    return None


def _difference_fault(largest: float | None) -> str | None:
    if largest is None or largest <= TOLERANCE:
        return None
    return (
        f"the loaded model's probabilities differ from the Evaluator's by up to "
        f"{largest:.2g}, more than {TOLERANCE:g}"
    )


def _latency(answer: Answer) -> Latency:
    p50, p99 = np.percentile(answer.seconds, (50, 99)) * 1000
    return Latency(
        images=len(answer.outputs["probabilities"]),
        requests=len(answer.seconds),
        p50_ms=float(p50),
        p99_ms=float(p99),
    )


def _latency_fault(
    latencies: Sequence[Latency], max_latency_ms: float | None
) -> str | None:
    for latency in latencies:
        too_slow = max_latency_ms is not None and latency.p99_ms > max_latency_ms
        if latency.images == 1 and too_slow:
            return (
                f"99 % of the requests with one image take up to "
                f"{latency.p99_ms:.2f} ms, more than the {max_latency_ms:g} ms of "
                f"--max-latency-ms"
            )
    return None
