from benchmarks.measure import DATA_NODES
from tests.support.launching import data_nodes


def test_the_data_nodes_are_those_of_the_graph():
    assert set(DATA_NODES) == data_nodes()
