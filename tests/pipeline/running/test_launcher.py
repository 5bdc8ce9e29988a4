import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from components.errors import NodeFailedError
from pipeline.internals import tfx_launching
from pipeline.running.launcher import PipelineLauncher


class RecordingLauncher:
    """Stands in for TFX's launcher: keeps the nodes that it gets, and runs none."""

    nodes = {}
    lookups = set()

    def __init__(self, pipeline_node, **received):
        self.nodes[pipeline_node.node_info.id] = pipeline_node

    def launch(self):
        self.lookups.add(PipelineOptions.view_as)


@pytest.fixture
def channels(settings, monkeypatch):
    """The contexts in which TFX looks for each input, by node."""
    monkeypatch.setattr(RecordingLauncher, "nodes", {})
    monkeypatch.setattr(tfx_launching.launcher, "Launcher", RecordingLauncher)
    launcher = PipelineLauncher(settings, "1")
    for node_id in launcher.node_ids:
        with pytest.raises(NodeFailedError, match="did not complete"):
            launcher.launch(node_id)
    return {
        node_id: [
            {query.type.name for query in channel.context_queries}
            for input_spec in node.inputs.inputs.values()
            for channel in input_spec.channels
        ]
        for node_id, node in RecordingLauncher.nodes.items()
    }


def test_what_a_run_makes_is_looked_for_in_that_run_alone(channels):
    earlier_runs = channels.pop("LatestBlessedModel")
    in_the_run = [contexts for each in channels.values() for contexts in each]
    assert len(in_the_run) > 10
    assert all(contexts == {"pipeline_run", "node"} for contexts in in_the_run)
    assert earlier_runs
    assert all(contexts == {"pipeline"} for contexts in earlier_runs)


@pytest.mark.usefixtures("channels")
def test_beam_looks_once_while_a_node_runs():
    assert RecordingLauncher.lookups
    assert PipelineOptions.view_as not in RecordingLauncher.lookups
