"""Makes the parameters of a TFX component from those that users can set."""

from pydantic import BaseModel
from tfx.types.component_spec import ExecutionParameter

from components.parameters import plain_type


def execution_parameters(parameters: type[BaseModel]) -> dict[str, ExecutionParameter]:
    """Makes a typed execution parameter from each field of a class.

    ML Metadata then records each value under its name.

    Args:
        parameters: One of the classes in `components/parameters.py`.

    Returns:
        The parameters by name, for a component's `PARAMETERS`.
    """
    return {
        name: ExecutionParameter(
            type=plain_type(field.annotation), optional=field.default is None
        )
        for name, field in parameters.model_fields.items()
    }
