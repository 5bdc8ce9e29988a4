import pytest

from components.known_sets import known_set
from components.schema.text import read_schema


@pytest.mark.parametrize("dataset", ["fashion_mnist", "fashion_mnist:3.0.1"])
def test_fashion_mnist_has_its_curated_schema_and_floor_and_is_strict(dataset):
    known = known_set(dataset)
    assert 'value: "Ankle boot"' in read_schema(known.schema)
    assert known.min_accuracy == 0.88
    assert known.resize == "none"


@pytest.mark.parametrize("dataset", ["mnist:3.0.1", "fashion_mnist_2", "", None])
def test_of_another_set_nothing_is_known(dataset):
    known = known_set(dataset)
    assert known.schema is known.min_accuracy is None
    assert known.resize == "letterbox"
