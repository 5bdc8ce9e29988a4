import json

import pytest

from components.evaluator.config import ACCURACY, LOSS, create_eval_config


def _name(metric):
    return json.loads(metric.config)["name"]


def _thresholds(config):
    return [
        (_name(metric), per_slice)
        for spec in config.metrics_specs
        for metric in spec.metrics
        for per_slice in metric.per_slice_thresholds
    ]


def test_floor_and_margin_hold_for_the_accuracy_of_the_whole_split_alone():
    ((metric, per_slice),) = _thresholds(
        create_eval_config(0.88, 0.01, has_baseline=True)
    )
    assert metric == ACCURACY
    assert [list(spec.feature_keys) for spec in per_slice.slicing_specs] == [[]]
    threshold = per_slice.threshold
    assert threshold.value_threshold.lower_bound.value == 0.88
    # The difference of 0.912 and 0.922 is rounded to a little less than -0.01.
    margin = threshold.change_threshold.absolute.value
    assert margin == pytest.approx(-0.01, abs=1e-8)
    assert margin <= 0.912 - 0.922


def test_the_test_split_is_measured_once():
    slices = create_eval_config(0.88, 0.01, has_baseline=True).slicing_specs
    assert [list(spec.feature_keys) for spec in slices] == [[]]


@pytest.mark.parametrize(
    ("has_baseline", "names"), [(False, []), (True, ["candidate"])]
)
def test_only_the_accuracy_of_a_baseline_is_measured(has_baseline, names):
    accuracy, others = create_eval_config(0.88, 0.01, has_baseline).metrics_specs
    assert [_name(each) for each in accuracy.metrics] == [ACCURACY]
    assert [_name(each) for each in others.metrics] == ["confusion_matrix", LOSS]
    assert [*accuracy.model_names] == []
    assert [*others.model_names] == names
