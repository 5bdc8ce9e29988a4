"""Has Beam look once at what doesn't change.

While Beam builds a pipeline and starts its steps, it asks about eight times for the
parameters of all methods of each step, and hundreds of times for its own options, for
which it builds a parser of a command line each time. That took a quarter of the
Evaluator's time.
"""

import functools
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms import core

_Parameters = tuple[list[str], list[Any]]


@contextmanager
def remembered_lookups() -> Iterator[None]:
    """Lets Beam keep what it finds, within the block."""
    find, view_as = core.get_function_args_defaults, PipelineOptions.view_as
    core.get_function_args_defaults = _remember_parameters(find)
    PipelineOptions.view_as = _remember_views(view_as)
    try:
        yield
    finally:
        core.get_function_args_defaults = find
        PipelineOptions.view_as = view_as


def _remember_parameters(find: Any) -> Any:
    # Methods with one function have the same parameters, whatever their objects.
    @functools.cache
    def find_for_function(function: Any) -> _Parameters:
        return find(types.MethodType(function, object()))

    def remembering(function: Any) -> _Parameters:
        if not isinstance(function, types.MethodType):
            return find(function)
        names, defaults = find_for_function(function.__func__)
        return [*names], [*defaults]

    return remembering


def _remember_views(view_as: Any) -> Any:
    views: dict[tuple[int, type], PipelineOptions] = {}

    def remembering(options: PipelineOptions, kind: type) -> PipelineOptions:
        # All views of the same options share this dictionary. A kept view keeps it too,
        # so that no other one gets its identity.
        key = (id(options._all_options), kind)
        if key not in views:
            views[key] = view_as(options, kind)
        return views[key]

    return remembering
