"""Reads where a pipeline stands, again and again, at little cost."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.drift_records import newest_drift
from pipeline.metadata.outcomes import RunState, outcome_of
from pipeline.metadata.output_place import OutputPlace, output_place
from pipeline.metadata.own_artifacts import Record
from pipeline.metadata.records import Run
from pipeline.metadata.release_records import find_pushed_model
from pipeline.metadata.run_facts import RUN_TYPE
from pipeline.metadata.run_reader import load_run, newest_first
from pipeline.settings import Settings


@dataclass(frozen=True)
class PipelineState:
    """Where a pipeline stands.

    Attributes:
        newest_run: State of the newest run; None if there is none.
        last_good_run: When the newest run with a blessed model was complete; None if
            there is none.
    """

    newest_run: RunState | None = None
    last_good_run: datetime.datetime | None = None


@dataclass(frozen=True)
class Maker:
    """What made a published version.

    Attributes:
        run_id: The run that published it first.
        accuracy: The model's accuracy on the test split, 0 to 1; None if it wasn't
            measured.
    """

    run_id: str
    accuracy: float | None


class StateReader:
    """Reads the state of a pipeline from a store, again when something has happened.

    Otherwise, reading costs one query for one execution.
    """

    def __init__(self, store: ml_metadata.MetadataStore, settings: Settings):
        """Constructs the reader.

        Args:
            store: The store.
            settings: Settings with the name of the pipeline and its output folder.
        """
        self._store = store
        self._settings = settings
        self._seen: object = None
        self._state = PipelineState()
        self._drift: Record | None = None
        self._makers: dict[int, Maker | None] = {}

    def read(self) -> PipelineState:
        """Reads where the pipeline stands."""
        self._look_for_changes()
        return self._state

    def drift(self) -> Record | None:
        """Reads the newest comparison of scored images; None if there is none."""
        self._look_for_changes()
        return self._drift

    def maker(self, version: int) -> Maker | None:
        """Finds what made a published version; None if the store doesn't know it."""
        self._look_for_changes()
        if version not in self._makers:
            self._makers[version] = _find_maker(self._store, version)
        return self._makers[version]

    def _look_for_changes(self) -> None:
        place = output_place(self._settings)
        # The place tells whether a run that the store calls running has been killed.
        seen = (_last_change(self._store), place)
        if seen != self._seen:
            self._state = self._find_state(place)
            self._drift = newest_drift(self._store, self._settings.name)
            self._makers = {}
            self._seen = seen

    def _find_state(self, place: OutputPlace | None) -> PipelineState:
        newest = None
        for run in self._newest_runs(place):
            outcome = outcome_of(run)
            newest = newest or outcome.state
            if outcome.state is RunState.COMPLETED and outcome.blessed and run.started:
                ended = run.started + datetime.timedelta(seconds=run.seconds)
                return PipelineState(newest, ended)
        return PipelineState(newest)

    def _newest_runs(self, place: OutputPlace | None) -> Iterator[Run]:
        for context in newest_first(self._store):
            run = load_run(self._store, context.name, place)
            if run.pipeline == self._settings.name:
                yield run


def _last_change(store: ml_metadata.MetadataStore) -> tuple[int, int] | None:
    """Identifies the newest change of any execution; None if there is none."""
    newest = ml_metadata.ListOptions(
        limit=1, order_by=ml_metadata.OrderByField.UPDATE_TIME, is_asc=False
    )
    for execution in store.get_executions(list_options=newest):
        return execution.id, execution.last_update_time_since_epoch
    return None


def _find_maker(store: ml_metadata.MetadataStore, version: int) -> Maker | None:
    artifact = find_pushed_model(store, version)
    if artifact is None:
        return None
    made_by = [
        event.execution_id
        for event in store.get_events_by_artifact_ids([artifact.id])
        if event.type == pb.Event.OUTPUT
    ]
    # Later runs may have taken the version from the cache.
    for context in store.get_contexts_by_execution(min(made_by)) if made_by else ():
        if context.type == RUN_TYPE:
            run = load_run(store, context.name)
            return Maker(run.run_id, outcome_of(run).accuracy)
    return None
