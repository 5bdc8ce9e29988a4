import signal

import pytest

from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.run_reader import load_runs
from pipeline.running.interruption import RunInterruptedError, record_interruption
from pipeline.settings import Settings


def interrupt(settings, run_id):
    with (
        pytest.raises(RunInterruptedError) as raised,
        record_interruption(settings, run_id),
    ):
        signal.raise_signal(signal.SIGINT)
    return str(raised.value)


@pytest.fixture
def settings(tmp_path, store_address):
    return Settings(output=tmp_path / "output", metadata=store_address)


@pytest.fixture
def run_id(store_address):
    """The newest run of a store, which has gone through all stages."""
    return load_runs(open_existing_store(store_address))[0].run_id


def test_what_the_next_run_reuses_is_named(settings, run_id):
    assert interrupt(settings, run_id) == (
        "Aborted after Pusher; the next run reuses the completed stages: "
        "ImageExampleGen, CuratedSchema, StatisticsGen, ExampleValidator, AnomalyGate, "
        "Transform, Trainer, InfraValidator."
    )


def test_nothing_is_promised_to_a_run_without_the_cache(settings, run_id):
    without = settings.model_copy(update={"cache": False})
    sentence = interrupt(without, run_id)
    assert "; without --no-cache, the next run reuses" in sentence


def test_before_the_first_stage_there_is_nothing_to_reuse(settings):
    sentence = "Aborted before the first stage; the next run begins with it."
    assert interrupt(settings, "a run that has recorded nothing") == sentence


def test_a_store_that_fails_changes_nothing(settings):
    gone = settings.model_copy(update={"metadata": f"{settings.root}/no/store"})
    assert interrupt(gone, "any") == "Aborted!"


def test_what_goes_wrong_otherwise_is_left_alone(settings):
    with pytest.raises(ValueError, match="other"), record_interruption(settings, ""):
        raise ValueError("other")


def test_a_second_ctrl_c_does_not_disturb_the_clean_up(settings, monkeypatch):
    def interrupted_again(*_, **__):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("pipeline.running.interruption.recover", interrupted_again)
    assert interrupt(settings, "any").startswith("Aborted before")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
