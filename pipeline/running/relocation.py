"""Corrects the recorded paths after an output folder was moved or copied."""

import ml_metadata

from pipeline.metadata.conversion import PATH_PROPERTIES
from pipeline.metadata.output_place import OutputPlace
from pipeline.metadata.run_facts import RunFacts, read_facts, write_facts
from pipeline.metadata.run_reader import newest_first


def correct_paths(store: ml_metadata.MetadataStore, place: OutputPlace) -> None:
    """Makes ML Metadata name the files where they are now.

    Without it, the next run would take results from the cache that lie in the former
    place, or nowhere. The caller holds the lock of the output folder.

    Args:
        store: The store in the output folder.
        place: The output folder.
    """
    recorded = {
        context.name: read_facts(context).output for context in newest_first(store)
    }
    former = {path for path in recorded.values() if path and path != place.root}
    if not former:
        return
    changed = []
    for artifact in store.get_artifacts():
        uri = place.uri(artifact.uri, former)
        if uri != artifact.uri:
            artifact.uri = uri
            for name in PATH_PROPERTIES & set(artifact.custom_properties):
                value = artifact.custom_properties[name]
                value.string_value = place.uri(value.string_value, former)
            changed.append(artifact)
    store.put_artifacts(changed)
    # The runs come last: as long as they name the former place, the next call finds it.
    for run_id, path in recorded.items():
        if path in former:
            write_facts(store, run_id, RunFacts(output=place.root))
