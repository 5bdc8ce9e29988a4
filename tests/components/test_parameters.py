from typing import Literal

import pytest
from pydantic import BaseModel, Field

from components.parameters import Folder, TrainingParameters, plain_type


class Kinds(BaseModel):
    number: int | None = Field(default=None, gt=0)
    folder: Folder | None = None
    choice: Literal["a", "b"] = "a"
    several: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("number", int), ("folder", str), ("choice", str), ("several", tuple)],
)
def test_the_type_behind_an_annotation(name, expected):
    assert plain_type(Kinds.model_fields[name].annotation) is expected


def test_the_values_of_a_component_are_taken_out_of_all_and_back():
    given = TrainingParameters(epochs=3, seed=4)
    properties = TrainingParameters.values_in(given) | {"code_digest": "0"}
    assert TrainingParameters.of_execution(properties) == given
