from components.execution_parameters import execution_parameters
from components.parameters import DataParameters, TrainingParameters


def test_each_field_becomes_a_typed_parameter():
    made = execution_parameters(TrainingParameters)
    assert {name: parameter.type for name, parameter in made.items()} == {
        "epochs": int,
        "batch_size": int,
        "learning_rate": float,
        "seed": int,
        "network": str,
        "precision": str,
    }


def test_what_may_be_none_is_optional():
    made = execution_parameters(DataParameters)
    assert {name for name, each in made.items() if each.optional} == {
        "images",
        "split_column",
        "resize",
        "data_dir",
        "data_mirror",
        "max_examples",
    }
