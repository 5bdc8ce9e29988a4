"""What Beam finds, with and without looking again."""

import argparse
import functools
import types

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    TypeOptions,
)
from apache_beam.runners.common import MethodWrapper
from apache_beam.transforms import core
from apache_beam.transforms.userstate import (
    BagStateSpec,
    get_dofn_specs,
    is_stateful_dofn,
)

from pipeline.internals.beam_lookups import remembered_lookups

FLAGS = ["--direct_num_workers=3", "--no_pipeline_type_check"]
STATE = BagStateSpec("kept", beam.coders.BytesCoder())
KEPT = beam.DoFn.StateParam(STATE)


class Plain(beam.DoFn):
    def process(self, element, *others, key="a", window=beam.DoFn.WindowParam):
        yield element, others, key, window

    @classmethod
    def of_class(cls, number=1):
        return cls, number

    @staticmethod
    def of_none(number=2):
        return number


class Stateful(Plain):
    def process(self, element, kept=KEPT):
        yield element, kept


def wrapped(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call


class Wrapped(beam.DoFn):
    @wrapped
    def process(self, element, stamp=beam.DoFn.TimestampParam):
        yield element, stamp


def made(function):
    return beam.ParDo(beam.core.CallableWrapperDoFn(function)).fn


DOFNS = [
    Plain(),
    Stateful(),
    Wrapped(),
    made(lambda one, other=3: [one, other]),
    made(lambda one: [one]),
    made(str.split),
    made(Plain().of_class),
]


def parameters(dofn):
    kinds = (types.MethodType, types.FunctionType)
    found = {}
    for name in dir(dofn):
        if isinstance(getattr(dofn, name, None), kinds):
            method = MethodWrapper(dofn, name)
            found[name] = method.args, method.defaults
    return found


@pytest.mark.parametrize("dofn", DOFNS, ids=lambda dofn: type(dofn).__name__)
def test_beam_finds_the_same(dofn):
    expected = parameters(dofn)
    with remembered_lookups():
        for _ in range(2):
            assert parameters(dofn) == expected


def test_state_is_found_in_one_and_not_in_another():
    with remembered_lookups():
        for _ in range(2):
            assert not is_stateful_dofn(Plain())
            assert is_stateful_dofn(Stateful())
            assert get_dofn_specs(Stateful())[0] == {STATE}


def test_each_method_is_looked_at_once(monkeypatch):
    looks = []
    find = core.get_function_args_defaults
    monkeypatch.setattr(
        core, "get_function_args_defaults", lambda f: looks.append(f) or find(f)
    )
    with remembered_lookups():
        parameters(Plain())
        first = len(looks)
        parameters(Plain())
        again = looks[first:]
    assert any(isinstance(each, types.MethodType) for each in looks[:first])
    # Functions without an object are looked at again.
    assert Plain.of_none in again
    assert not any(isinstance(each, types.MethodType) for each in again)


def test_what_beam_was_told_can_be_changed():
    with remembered_lookups():
        core.get_function_args_defaults(Plain().process)[0].clear()
        assert core.get_function_args_defaults(Plain().process)[0] != []


def test_options_are_parsed_once(monkeypatch):
    parsed = []
    parse = argparse.ArgumentParser.parse_known_args
    monkeypatch.setattr(
        argparse.ArgumentParser,
        "parse_known_args",
        lambda self, flags: parsed.append(1) or parse(self, flags),
    )
    options = PipelineOptions(FLAGS)
    with remembered_lookups():
        first = options.view_as(DirectOptions)
        parsed.clear()
        # A view's own views are those of its options.
        again = first.view_as(TypeOptions).view_as(DirectOptions)
        assert options.view_as(DirectOptions) is again is first
    assert len(parsed) == 1
    assert first.direct_num_workers == 3


def test_views_show_what_is_set_later_and_nothing_of_other_options():
    with remembered_lookups():
        options, others = PipelineOptions(FLAGS), PipelineOptions(["--job_name=other"])
        options.view_as(DirectOptions).direct_num_workers = 5
        assert options.view_as(DirectOptions).direct_num_workers == 5
        changed = options.view_as(TypeOptions).view_as(DirectOptions)
        assert changed.direct_num_workers == 5
        assert others.view_as(DirectOptions).direct_num_workers == 1
        # Options that are gone leave no views behind for new ones.
        for number in range(50):
            made = PipelineOptions([f"--direct_num_workers={number}"])
            assert made.view_as(DirectOptions).direct_num_workers == number


def test_beam_is_restored_afterwards():
    before = core.get_function_args_defaults, PipelineOptions.view_as
    with pytest.raises(ValueError, match="within"), remembered_lookups():
        assert PipelineOptions.view_as is not before[1]
        raise ValueError("within")
    assert (core.get_function_args_defaults, PipelineOptions.view_as) == before
